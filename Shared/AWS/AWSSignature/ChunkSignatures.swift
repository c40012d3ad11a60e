import ByteEncodings
import Crypto

/// Verifies the signatures of a body's chunks. Each signature covers the previous one.
struct ChunkSignatures: Sendable {
    private let key: SigningKey
    private let time: SigningTime
    /// The signature of the request's headers, then of the last chunk.
    private var previous: String
    private var expected = ""

    init(key: SigningKey, time: SigningTime, seed: String) {
        self.key = key
        self.time = time
        previous = seed
    }

    /// Stores the signature that a chunk's header announces.
    mutating func expect(_ signature: String) { expected = signature }

    /// Checks a complete chunk against the stored signature.
    mutating func check(_ hash: SHA256.Digest) throws(ChunkedBodyError) {
        var text = beginning("PAYLOAD")
        text += PayloadHash.empty.value.utf8
        text.append(UInt8(ascii: "\n"))
        Hexadecimal.append(hash, to: &text)
        try check(expected, of: text)
        previous = expected
    }

    func check(_ signature: String, ofTrailers trailers: [(name: String, value: String)]) throws(ChunkedBodyError) {
        var text = beginning("TRAILER")
        let lines = trailers.map { "\($0.name):\($0.value)\n" }.joined()
        Hexadecimal.append(SHA256.hash(data: Array(lines.utf8)), to: &text)
        try check(signature, of: text)
    }

    private func check(_ signature: String, of text: [UInt8]) throws(ChunkedBodyError) {
        guard let bytes = Hexadecimal.decode(signature), key.isSignature(bytes, of: text) else {
            throw ChunkedBodyError(
                .mismatch,
                message: "The chunk signature we calculated does not match the signature you provided."
            )
        }
    }

    private func beginning(_ what: String) -> [UInt8] {
        Array("\(signatureAlgorithm)-\(what)\n\(time.text)\n\(key.scope.text)\n\(previous)\n".utf8)
    }
}

extension PayloadHash {
    /// Whether the body is sent as `aws-chunked` and needs a ``ChunkedBodyDecoder``.
    public var isChunked: Bool { value.hasPrefix("STREAMING-") }

    /// Whether the chunks are signed.
    var hasSignedChunks: Bool { value.hasPrefix("STREAMING-\(signatureAlgorithm)-PAYLOAD") }

    var hasTrailers: Bool { value.hasSuffix("-TRAILER") }
}

extension SignatureVerifier {
    /// The decoder for the body of a verified request; nil unless it is `aws-chunked` in a supported form
    /// (`STREAMING-AWS4-ECDSA-…` is not).
    ///
    /// - Parameter decodedLength: The value of `x-amz-decoded-content-length`, in bytes.
    public func bodyDecoder(for verified: VerifiedSignature, decodedLength: Int) -> ChunkedBodyDecoder? {
        let payload = verified.payload
        if payload.value == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" {
            return ChunkedBodyDecoder(decodedLength: decodedLength)
        }
        guard payload.hasSignedChunks, let time = verified.time, let credentials = credentials(verified.accessKeyID)
        else { return nil }
        let key = keys.key(secretAccessKey: credentials.secretAccessKey, scope: verified.scope)
        return ChunkedBodyDecoder(
            decodedLength: decodedLength,
            hasTrailers: payload.hasTrailers,
            chain: ChunkSignatures(key: key, time: time, seed: verified.signature)
        )
    }
}
