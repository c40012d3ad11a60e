import AWSSignature
import ByteEncodings
import Crypto
import FoundationEssentials
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// The digests that are computed of a body while it is stored.
struct BodyDigests: RunningDigest {
    var sha256: SHA256?
    var checksum: Checksum?

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bufferPointer: bytes)
        checksum?.update(bytes)
    }
}

/// A body that has been written to disk and verified.
struct ReceivedBody: Sendable {
    var data: WrittenData<BodyDigests>
    var checksum: ChecksumValue?
}

/// Reads the body of a request and verifies it against its length, digests and checksums.
struct BodyReceiver {
    /// The maximum size of an upload in bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    static let maximumSize: Int64 = 5_368_709_120
    /// The maximum size of a document in bytes, enough for 1,000 keys to delete.
    static let maximumDocument = 2_097_152

    let request: S3Request
    let requester: Requester
    let body: RequestBodyStream
    let verifier: SignatureVerifier

    /// Writes the body to disk. The file is deleted again unless an object is created from it.
    ///
    /// - Parameter algorithm: The checksum to compute if the client sends none.
    func store(in store: ObjectStore, computing algorithm: ChecksumAlgorithm? = nil) async throws -> ReceivedBody {
        let claims = try BodyClaims(request)
        guard claims.length != nil || request.headers.contains(name: "transfer-encoding") else {
            throw S3Error(
                .lengthRequired,
                "MissingContentLength",
                "You must provide the Content-Length HTTP header."
            )
        }
        if let length = claims.length, length > Self.maximumSize { throw S3Error.entityTooLarge }
        let algorithm = claims.algorithm ?? algorithm
        let payload = requester.signature?.payload.value ?? PayloadHash.unsigned.value
        let isHashed = payload.utf8.count == 64
        let writer = store.writer(
            computing: BodyDigests(
                sha256: isHashed ? SHA256() : nil,
                checksum: algorithm.map { Checksum($0) }
            )
        )
        var size: Int64 = 0
        let trailers = try await forEachChunk { chunk in
            size += Int64(chunk.readableBytes)
            guard size <= Self.maximumSize else { throw S3Error.entityTooLarge }
            try await writer.write(chunk)
        }
        let data = try await writer.finish()
        if isHashed, let hash = data.digest.sha256, Hexadecimal.encode(hash.finalize()) != payload {
            throw S3Error.contentHashMismatch
        }
        if let length = claims.decodedLength, length != data.size { throw S3Error.incompleteBody }
        if let md5 = claims.md5, md5 != data.md5 { throw S3Error.badDigest }
        let computed = data.digest.checksum?.value
        if let algorithm, let computed {
            let claimed = try claims.value ?? trailers[algorithm.headerName].map { try BodyClaims.value(algorithm, $0) }
            if let claimed, claimed != computed { throw Self.mismatch(of: algorithm) }
            guard claimed != nil || !claims.isTrailing else {
                throw S3Error(.badRequest, "MalformedTrailerError", "The trailer of the request is missing.")
            }
        }
        return ReceivedBody(data: data, checksum: computed)
    }

    /// Reads a short body into memory.
    ///
    /// - Parameter checksumIsOfObject: Whether the checksum in the headers is that of an object, not of the document.
    func document(checksumIsOfObject: Bool = false) async throws -> ByteBuffer {
        let claims = try BodyClaims(request, withoutChecksum: checksumIsOfObject)
        var document = ByteBuffer()
        let trailers = try await forEachChunk { chunk in
            guard document.readableBytes + chunk.readableBytes <= Self.maximumDocument else {
                throw S3Error(.badRequest, "MaxMessageLengthExceeded", "Your request was too big.")
            }
            document.writeImmutableBuffer(chunk)
        }
        let payload = requester.signature?.payload.value ?? ""
        let bytes = Array(document.readableBytesView)
        if payload.utf8.count == 64, Hexadecimal.encode(SHA256.hash(data: bytes)) != payload {
            throw S3Error.contentHashMismatch
        }
        if let md5 = claims.md5, md5 != Array(Insecure.MD5.hash(data: bytes)) { throw S3Error.badDigest }
        if let algorithm = claims.algorithm {
            var checksum = Checksum(algorithm)
            checksum.update(bytes)
            let claimed = try claims.value ?? trailers[algorithm.headerName].map { try BodyClaims.value(algorithm, $0) }
            if let claimed, claimed != checksum.value { throw Self.mismatch(of: algorithm) }
        }
        return document
    }

    static func mismatch(of algorithm: ChecksumAlgorithm) -> S3Error {
        S3Error(
            .badRequest,
            "BadDigest",
            "The \(algorithm.rawValue) you specified did not match the calculated checksum."
        )
    }

    /// Calls the closure with the bytes of the body, without the framing of `aws-chunked`.
    ///
    /// - Returns: The trailers by their lower-case names.
    private func forEachChunk(_ take: (ByteBuffer) async throws -> Void) async throws -> [String: String] {
        guard let signature = requester.signature, signature.payload.isChunked else {
            while let chunk = try await body.read() { try await take(chunk) }
            return [:]
        }
        guard let length = request.header("x-amz-decoded-content-length").flatMap({ Int($0) }), length >= 0 else {
            throw S3Error(
                .lengthRequired,
                "MissingContentLength",
                "You must provide the x-amz-decoded-content-length HTTP header."
            )
        }
        guard var decoder = verifier.bodyDecoder(for: signature, decodedLength: length) else {
            throw S3Error.notImplemented("A body sent as \(signature.payload.value)")
        }
        do {
            while let chunk = try await body.read() {
                for range in try chunk.withUnsafeReadableBytes({ try decoder.decode($0) }) {
                    if let bytes = chunk.getSlice(at: chunk.readerIndex + range.lowerBound, length: range.count) {
                        try await take(bytes)
                    }
                }
            }
            let trailers = try decoder.finish()
            return Dictionary(trailers.map { ($0.name, $0.value) }) { first, _ in first }
        } catch let error as ChunkedBodyError {
            switch error.code {
            case .malformed: throw S3Error.invalidRequest(error.message)
            case .incomplete: throw S3Error.incompleteBody
            case .mismatch: throw S3Error(.forbidden, "SignatureDoesNotMatch", error.message)
            }
        }
    }
}
