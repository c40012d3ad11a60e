import AWSSignature
import ByteEncodings
import Crypto
import FoundationEssentials
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// What is computed over a body while it is stored.
struct BodyDigests: RunningDigest {
    var sha256: SHA256?
    var checksum: Checksum?

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bufferPointer: bytes)
        checksum?.update(bytes)
    }
}

/// A body that is on disk, and holds what was claimed of it.
struct ReceivedBody: Sendable {
    var data: WrittenData<BodyDigests>
    var checksum: ChecksumValue?
}

/// Reads the bodies of requests and checks them against everything that the client said about them.
struct BodyReceiver {
    /// Bytes of one request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    static let maximumSize: Int64 = 5_368_709_120
    /// Bytes of a document; 1,000 keys to delete fit.
    static let maximumDocument = 2_097_152

    let request: S3Request
    let caller: Caller
    let body: RequestBody
    let verifier: SignatureVerifier

    /// Puts the body on disk. Nothing of it stays unless an object is made of it.
    /// - Parameter algorithm: A checksum that is wanted whether the client sends one or not.
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
        let payload = caller.signature?.payload.value ?? PayloadHash.unsigned.value
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

    /// Reads a body that is short and whole in memory.
    /// - Parameter checksumIsOfObject: Whether the checksum in the headers is not that of the document.
    func document(checksumIsOfObject: Bool = false) async throws -> ByteBuffer {
        let claims = try BodyClaims(request, withoutChecksum: checksumIsOfObject)
        var document = ByteBuffer()
        let trailers = try await forEachChunk { chunk in
            guard document.readableBytes + chunk.readableBytes <= Self.maximumDocument else {
                throw S3Error(.badRequest, "MaxMessageLengthExceeded", "Your request was too big.")
            }
            document.writeImmutableBuffer(chunk)
        }
        let payload = caller.signature?.payload.value ?? ""
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

    /// Gives the bytes of the body, whatever they are wrapped in.
    /// - Returns: The trailers, by their names in lower case.
    private func forEachChunk(_ take: (ByteBuffer) async throws -> Void) async throws -> [String: String] {
        guard let signature = caller.signature, signature.payload.isChunked else {
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

/// What a client says about the body that it sends.
struct BodyClaims {
    /// Of the body as it is on the wire; nil if it comes in chunks of unknown number.
    let length: Int64?
    /// Of the body without what it is wrapped in; nil if it is not wrapped.
    let decodedLength: Int64?
    let md5: [UInt8]?
    let algorithm: ChecksumAlgorithm?
    let value: ChecksumValue?
    /// Whether the checksum comes behind the body.
    let isTrailing: Bool

    /// - Parameter withoutChecksum: Leaves the checksum of the headers to somebody else.
    init(_ request: S3Request, withoutChecksum: Bool = false) throws {
        length = request.header("content-length").flatMap { Int64($0) }
        decodedLength = request.header("x-amz-decoded-content-length").flatMap { Int64($0) }
        md5 = try request.header("content-md5").map { text in
            guard let bytes = Data(base64Encoded: text), bytes.count == 16 else {
                throw S3Error(.badRequest, "InvalidDigest", "The Content-MD5 you specified was invalid.")
            }
            return Array(bytes)
        }
        guard !withoutChecksum else {
            (algorithm, value, isTrailing) = (nil, nil, false)
            return
        }
        let headers = request.headers.compactMap { header in
            ChecksumAlgorithm(headerName: header.name).map { ($0, header.value) }
        }
        guard headers.count <= 1 else {
            throw S3Error.invalidRequest(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            )
        }
        let trailer = request.header("x-amz-trailer").flatMap { ChecksumAlgorithm(headerName: $0) }
        var named: ChecksumAlgorithm?
        if let name = request.header("x-amz-sdk-checksum-algorithm") {
            named = ChecksumAlgorithm(name: name)
            guard named != nil else {
                throw S3Error.invalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
            }
        }
        isTrailing = headers.isEmpty && trailer != nil
        algorithm = headers.first?.0 ?? trailer ?? named
        value = try headers.first.map { try Self.value($0.0, $0.1) }
    }

    static func value(_ algorithm: ChecksumAlgorithm, _ text: String) throws -> ChecksumValue {
        guard let value = ChecksumValue(algorithm, base64: text) else {
            throw S3Error.invalidRequest("Value for \(algorithm.headerName) header is invalid.")
        }
        return value
    }
}
