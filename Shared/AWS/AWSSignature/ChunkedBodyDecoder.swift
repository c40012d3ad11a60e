import Crypto

/// Decodes a body sent as `aws-chunked` and verifies its signatures.
///
/// Payload is returned before the signature of its chunk has been verified, so the caller must not publish it before
/// ``finish()`` succeeds.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
public struct ChunkedBodyDecoder: Sendable {
    private enum State {
        case chunkHead
        case chunk(remaining: Int)
        /// The line break after a chunk.
        case chunkEnd
        case trailers
        /// Only line breaks may follow.
        case complete
    }

    /// The limit for a chunk's header or a trailer, in bytes.
    private static let lineLimit = 4_096
    private static let trailersLimit = 20

    private let decodedLength: Int
    private let hasTrailers: Bool
    private var chain: ChunkSignatures?
    private var state = State.chunkHead
    private var line: [UInt8] = []
    private var hash = SHA256()
    private var decoded = 0
    private var trailers: [(name: String, value: String)] = []
    private var trailersAreSigned = false

    /// A decoder for unsigned chunks (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
    ///
    /// - Parameter decodedLength: The value of `x-amz-decoded-content-length`, in bytes.
    public init(decodedLength: Int) {
        self.init(decodedLength: decodedLength, hasTrailers: true, chain: nil)
    }

    init(decodedLength: Int, hasTrailers: Bool, chain: ChunkSignatures?) {
        self.decodedLength = decodedLength
        self.hasTrailers = hasTrailers
        self.chain = chain
    }

    /// Consumes the next bytes of the body. Returns the ranges of `input` that are payload.
    public mutating func decode(_ input: UnsafeRawBufferPointer) throws(ChunkedBodyError) -> [Range<Int>] {
        var payload: [Range<Int>] = []
        var index = 0
        while index < input.count {
            switch state {
            case .chunk(let remaining):
                let end = min(input.count, index + remaining)
                decoded += end - index
                guard decoded <= decodedLength else { throw .malformed("The body is longer than declared.") }
                if chain != nil { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: input[index..<end])) }
                payload.append(index..<end)
                state = end - index == remaining ? .chunkEnd : .chunk(remaining: remaining - (end - index))
                index = end
            case .chunkHead, .chunkEnd, .trailers, .complete:
                let byte = input[index]
                index += 1
                if byte == UInt8(ascii: "\n") {
                    if line.last == UInt8(ascii: "\r") { line.removeLast() }
                    try take(line)
                    line.removeAll(keepingCapacity: true)
                } else {
                    line.append(byte)
                    guard line.count <= Self.lineLimit else { throw .malformed("A chunk's head is too long.") }
                }
            }
        }
        return payload
    }

    /// Handles the end of the body. Returns the trailers with names in lower case, without their signature.
    public func finish() throws(ChunkedBodyError) -> [(name: String, value: String)] {
        let isAtEnd =
            switch state {
            case .complete: true
            // Some clients omit the last empty line.
            case .trailers: true
            case .chunkHead, .chunk, .chunkEnd: false
            }
        guard isAtEnd, line.allSatisfy({ $0 == UInt8(ascii: "\r") }), decoded == decodedLength else {
            throw ChunkedBodyError(
                .incomplete,
                message: "You did not provide the number of bytes specified by the Content-Length HTTP header"
            )
        }
        if hasTrailers, chain != nil, !trailersAreSigned { throw .malformed("The trailers are not signed.") }
        return trailers
    }

    private mutating func take(_ line: [UInt8]) throws(ChunkedBodyError) {
        switch state {
        case .chunkHead: try takeHead(String(decoding: line, as: UTF8.self))
        case .chunk: break
        case .chunkEnd:
            guard line.isEmpty else { throw .malformed("A chunk is longer than declared.") }
            try chain?.check(hash.finalize())
            state = .chunkHead
        case .trailers: try takeTrailer(String(decoding: line, as: UTF8.self))
        case .complete:
            guard line.isEmpty else { throw .malformed("Data follows the last chunk.") }
        }
    }

    /// `10000;chunk-signature=…`
    private mutating func takeHead(_ head: String) throws(ChunkedBodyError) {
        let parts = head.split(separator: ";", omittingEmptySubsequences: false)
        guard (1...15).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let size = Int(parts[0], radix: 16), size >= 0
        else { throw .malformed("A chunk's size is not a hexadecimal number.") }
        if chain != nil {
            let extensions = parts.dropFirst().map { $0.split(separator: "=", maxSplits: 1) }
            guard let signature = extensions.first(where: { $0.first == "chunk-signature" && $0.count == 2 })?[1] else {
                throw .malformed("A chunk is not signed.")
            }
            chain?.expect(String(signature))
            hash = SHA256()
        }
        if size > 0 {
            state = .chunk(remaining: size)
        } else {
            try chain?.check(hash.finalize())
            state = hasTrailers ? .trailers : .complete
        }
    }

    private mutating func takeTrailer(_ line: String) throws(ChunkedBodyError) {
        guard !line.isEmpty else {
            // An empty line may also precede the signature.
            if chain == nil || trailersAreSigned { state = .complete }
            return
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, trailers.count < Self.trailersLimit else { throw .malformed("A trailer is malformed.") }
        let name = parts[0].lowercased()
        let value = String(parts[1].drop { $0 == " " })
        guard name == "x-amz-trailer-signature" else {
            guard !trailersAreSigned else { throw .malformed("A trailer follows the trailers' signature.") }
            trailers.append((name, value))
            return
        }
        try chain?.check(value, ofTrailers: trailers)
        trailersAreSigned = true
    }
}

/// Why a body that was sent as `aws-chunked` is rejected.
public struct ChunkedBodyError: Error, Sendable, Hashable {
    public enum Code: String, Sendable {
        /// The body is not `aws-chunked`, or longer than announced. S3 answers 400 `InvalidRequest`.
        case malformed
        /// The body is shorter than announced. S3 answers 400 `IncompleteBody`.
        case incomplete
        /// The signature of a chunk or of the trailers is wrong. S3 answers 403 `SignatureDoesNotMatch`.
        case mismatch
    }

    public var code: Code
    /// For the client.
    public var message: String

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }

    static func malformed(_ message: String) -> ChunkedBodyError { ChunkedBodyError(.malformed, message: message) }
}
