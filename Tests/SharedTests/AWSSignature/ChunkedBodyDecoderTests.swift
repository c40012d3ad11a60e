import FoundationEssentials
import Testing

@testable import AWSSignature

/// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: 65 KB of `a` in three chunks.
@Suite struct ChunkedBodyDecoderTests {
    private static let decodedLength = 66_560
    private static let plain = body(
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ],
        "\r\n"
    )
    private static let trailing = body(
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ],
        "x-amz-checksum-crc32c:sOO8/Q==\n\r\n"
            + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    )
    private static let unsigned = "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Amz-Checksum-CRC32: AAAA\r\n\r\n"

    private static func body(_ signatures: [String], _ end: String) -> String {
        zip([65_536, 1_024, 0], signatures).map { size, signature in
            let payload = size == 0 ? "" : String(repeating: "a", count: size) + "\r\n"
            return "\(String(size, radix: 16));chunk-signature=\(signature)\r\n\(payload)"
        }.joined() + end
    }

    private static func decoder(trailers: Bool, decodedLength: Int = decodedLength) throws -> ChunkedBodyDecoder {
        let time = try #require(SigningTime("20130524T000000Z"))
        let key = SigningKey(
            secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            scope: CredentialScope(day: "20130524", region: "us-east-1", service: "s3")
        )
        let seed =
            trailers
            ? "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
            : "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
        return ChunkedBodyDecoder(
            decodedLength: decodedLength,
            hasTrailers: trailers,
            chain: ChunkSignatures(key: key, time: time, seed: seed)
        )
    }

    @Test(arguments: [1, 7, 1_000, 100_000])
    func acceptsSignedChunks(size: Int) throws {
        let (payload, trailers) = try decoded(Self.decoder(trailers: false), Self.plain, size: size)
        #expect(payload.utf8.count == Self.decodedLength && payload.utf8.allSatisfy { $0 == UInt8(ascii: "a") })
        #expect(trailers.isEmpty)
    }

    @Test(arguments: [1, 100_000])
    func acceptsSignedTrailers(size: Int) throws {
        let (payload, trailers) = try decoded(Self.decoder(trailers: true), Self.trailing, size: size)
        #expect(payload.utf8.count == Self.decodedLength)
        #expect(trailers == ["x-amz-checksum-crc32c:sOO8/Q=="])
    }

    @Test(arguments: 1...60)
    func acceptsUnsignedChunks(size: Int) throws {
        let (payload, trailers) = try decoded(ChunkedBodyDecoder(decodedLength: 5), Self.unsigned, size: size)
        #expect(payload == "abcde")
        #expect(trailers == ["x-amz-checksum-crc32:AAAA"])
    }

    @Test(arguments: ["3\r\nabc\r\n2\r\nde\r\n0\r\n", "5\nabcde\n0\n\n", "5\r\nabcde\r\n0\r\n\r\n\r\n"])
    func acceptsOmittedAndExtraLineBreaks(body: String) throws {
        #expect(try decoded(ChunkedBodyDecoder(decodedLength: 5), body, size: 3).payload == "abcde")
    }

    @Test(arguments: [
        ("ad80c730", "bd80c730"), ("0055627c", "1055627c"), ("b6c6ea8a", "c6c6ea8a"), ("aaaa\r\n", "aaab\r\n"),
        ("ad80c730a21e5b8d", "AD80C730A21E5B8D"),
    ])
    func rejectsAChangedChunk(original: String, changed: String) {
        let body = Self.plain.replacing(original, with: changed, maxReplacements: 1)
        #expect(failure { try decoded(Self.decoder(trailers: false), body, size: 1_000) } == .mismatch)
    }

    @Test func rejectsChunksInAnotherOrder() throws {
        let chunk = try #require(Self.plain.firstRange(of: "400;"))
        let body = Self.plain[chunk.lowerBound...] + Self.plain[..<chunk.lowerBound]
        #expect(failure { try decoded(Self.decoder(trailers: false), String(body), size: 1_000) } == .mismatch)
    }

    @Test(arguments: [("sOO8", "tOO8"), ("d81f82fc", "e81f82fc"), ("crc32c:", "crc32:")])
    func rejectsChangedTrailers(original: String, changed: String) {
        let body = Self.trailing.replacing(original, with: changed)
        #expect(failure { try decoded(Self.decoder(trailers: true), body, size: 1_000) } == .mismatch)
    }

    @Test func rejectsTrailersWithoutASignature() throws {
        let end = try #require(Self.trailing.firstRange(of: "x-amz-trailer"))
        let body = String(Self.trailing[..<end.lowerBound])
        #expect(failure { try decoded(Self.decoder(trailers: true), body, size: 1_000) } == .malformed)
    }

    @Test(arguments: [
        ("5\r\nabcd", ChunkedBodyError.Code.incomplete), ("5\r\nabcde\r\n", .incomplete), ("", .incomplete),
        ("4\r\nabcd\r\n0\r\n\r\n", .incomplete), ("6\r\nabcdef\r\n0\r\n\r\n", .malformed),
        ("5\r\nabcdeX\r\n0\r\n\r\n", .malformed), ("x\r\n", .malformed), ("-1\r\n", .malformed), ("+5\r\n", .malformed),
        ("\r\n", .malformed), ("fffffffffffffffff\r\n", .malformed), ("7fffffffffffffff\r\n", .malformed),
        ("5\r\nabcde\r\n0\r\n\r\nmore\r\n", .malformed), ("5\r\nabcde\r\n0\r\nno trailer\r\n\r\n", .malformed),
        (String(repeating: "1", count: 5_000), .malformed),
    ])
    func rejectsMalformedChunks(body: String, expected: ChunkedBodyError.Code) {
        for size in [1, 10_000] {
            #expect(failure { try decoded(ChunkedBodyDecoder(decodedLength: 5), body, size: size) } == expected)
        }
    }

    @Test func rejectsUnsignedChunksIfSignedOnesAreExpected() {
        #expect(failure { try decoded(Self.decoder(trailers: false), Self.unsigned, size: 100) } == .malformed)
    }

    @Test func verifierCreatesADecoderForChunkedBodies() throws {
        let credentials = Credentials.example()
        let signer = Signer(credentials: credentials, service: "s3", region: "us-east-1")
        let verifier = SignatureVerifier(service: "s3") { _ in credentials }
        func decoder(_ payload: String) throws -> ChunkedBodyDecoder? {
            var request = SignableRequest(
                method: "PUT",
                path: "/b/k",
                headers: [("Host", "localhost")],
                payload: PayloadHash(value: payload)
            )
            request.headers += signer.headers(for: request, at: SignatureMoment.ofAWS)
            let verified = try verifier.verify(request, at: SignatureMoment.ofAWS)
            #expect(verified.payload.isChunked == payload.hasPrefix("STREAMING-"))
            return verifier.bodyDecoder(for: verified, decodedLength: 0)
        }
        #expect(try decoder("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") != nil)
        #expect(try decoder("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") != nil)
        #expect(try decoder("STREAMING-UNSIGNED-PAYLOAD-TRAILER") != nil)
        #expect(try decoder("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") == nil)
        #expect(try decoder("UNSIGNED-PAYLOAD") == nil)
    }

    private func decoded(
        _ decoder: ChunkedBodyDecoder,
        _ body: String,
        size: Int
    ) throws -> (payload: String, trailers: [String]) {
        var decoder = decoder
        var payload: [UInt8] = []
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let chunk = Array(bytes[start..<min(start + size, bytes.count)])
            for range in try chunk.withUnsafeBytes({ try decoder.decode($0) }) { payload += chunk[range] }
        }
        return (String(decoding: payload, as: UTF8.self), try decoder.finish().map { "\($0.name):\($0.value)" })
    }

    private func failure(_ body: () throws -> some Any) -> ChunkedBodyError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? ChunkedBodyError)?.code
        }
    }
}
