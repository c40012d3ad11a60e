import FoundationEssentials
import Testing

@testable import AWSSignature

@Suite struct SignerTests {
    @Test(arguments: SignatureVector.ofAWSNormalized)
    func signsInHeadersAsAWSDoes(vector: SignatureVector) throws {
        let signature = try #require(vector.headerSignature)
        let added = signer(for: vector).headers(for: requestToSign(in: vector), at: SignatureMoment.ofAWS)

        let authorization = added.first { $0.name == "Authorization" }?.value
        #expect(authorization?.hasSuffix("Signature=\(signature)") == true)
        #expect(
            authorization?.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
            ) == true
        )
    }

    @Test(arguments: SignatureVector.ofAWSNormalized)
    func signsInTheQueryAsAWSDoes(vector: SignatureVector) throws {
        let signature = try #require(vector.querySignature)
        let query = signer(for: vector).presignedQuery(
            for: vector.request,
            at: SignatureMoment.ofAWS,
            lifetime: 3_600
        )
        #expect(query.hasSuffix("&X-Amz-Signature=\(signature)"))
    }

    @Test(arguments: SignatureVector.ofAWS)
    func writesTheCanonicalRequestAsAWSDoes(vector: SignatureVector) {
        let request = requestToSign(in: vector)
        var headers = request.headers.map { ($0.name.lowercased(), $0.value) }
        headers.append(("x-amz-date", "20150830T123600Z"))
        if let token = vector.sessionToken, vector.omitsSessionToken != true {
            headers.append(("x-amz-security-token", token))
        }
        let canonicalRequest = CanonicalRequest(
            method: request.method,
            path: request.path,
            pathRule: vector.normalizesPath == true ? .normalizedAndEncodedTwice : .encodedOnce,
            query: CanonicalQuery(request.query),
            headers: CanonicalHeaders(headers),
            payload: request.payload
        )
        #expect(String(decoding: canonicalRequest.bytes, as: UTF8.self) == vector.canonicalRequest)
    }

    @Test func derivesTheKeyOfEachDay() {
        let signer = Signer(credentials: .example(), service: "service", region: "us-east-1")
        let request = SignableRequest(method: "GET", path: "/", headers: [("Host", "example.amazonaws.com")])

        let first = signer.headers(for: request, at: SignatureMoment.ofAWS)
        let nextDay = signer.headers(for: request, at: SignatureMoment.ofAWS.addingTimeInterval(86_400))
        let again = signer.headers(for: request, at: SignatureMoment.ofAWS)

        #expect(first.last?.value.contains("/20150830/") == true)
        #expect(nextDay.last?.value.contains("/20150831/") == true)
        #expect(first.last?.value == again.last?.value)
    }

    @Test func doesNotSignHeadersThatProxiesChange() {
        let signer = Signer(credentials: .example(), service: "service", region: "us-east-1")
        let request = SignableRequest(
            method: "GET",
            path: "/",
            headers: [
                ("Host", "example.amazonaws.com"), ("User-Agent", "x"), ("Connection", "close"), ("Accept", "*/*"),
            ]
        )
        let authorization = signer.headers(for: request, at: SignatureMoment.ofAWS).last?.value
        #expect(authorization?.contains("SignedHeaders=accept;host;x-amz-date,") == true)
    }

    @Test func addsTheBodysHashForS3() {
        let signer = Signer(credentials: .example(), service: "s3", region: "us-east-1")
        let request = SignableRequest(
            method: "PUT",
            path: "/bucket/key",
            headers: [("Host", "example.amazonaws.com")],
            payload: .unsigned
        )
        let added = signer.headers(for: request, at: SignatureMoment.ofAWS)
        #expect(added.contains { $0.name == "X-Amz-Content-SHA256" && $0.value == "UNSIGNED-PAYLOAD" })
    }

    @Test func emptyPayloadHashIsTheHashOfNoBytes() {
        #expect(PayloadHash(of: [UInt8]()) == .empty)
    }

    @Test(arguments: [
        ("", "/"), ("/", "/"), ("//a///b", "/a/b"), ("/a/../../b/", "/b/"), ("/a/.", "/a/"), ("/a/..", "/"),
        ("/live/%40connections/abc%3D", "/live/%2540connections/abc%253D"),
        ("/live/@connections/abc=", "/live/%40connections/abc%3D"),
    ])
    func normalizesPathsOfServicesOtherThanS3(path: String, canonical: String) {
        var output: [UInt8] = []
        PathRule(service: "execute-api").append(path, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == canonical)
    }

    @Test(arguments: [
        ("", "/"), ("/b//a/../c", "/b//a/../c"), ("/b/a%20b%2Bc%7e", "/b/a%20b%2Bc~"),
        ("/b/a b+c@%zz", "/b/a%20b%2Bc%40%25zz"),
    ])
    func doesNotNormalizePathsOfS3(path: String, canonical: String) {
        var output: [UInt8] = []
        PathRule(service: "s3").append(path, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == canonical)
    }

    @Test func keepsSecretsOutOfDescriptions() {
        let credentials = Credentials.example(sessionToken: "token")
        for text in ["\(credentials)", String(reflecting: credentials), dumped(credentials)] {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("wJalr") && !text.contains("token"))
        }
    }

    private func signer(for vector: SignatureVector) -> Signer {
        let token = vector.omitsSessionToken == true ? nil : vector.sessionToken
        return Signer(credentials: .example(sessionToken: token), service: "service", region: "us-east-1")
    }

    /// AWS's test suite adds the body's hash as a header if a request signs its body.
    private func requestToSign(in vector: SignatureVector) -> SignableRequest {
        var request = vector.request
        if vector.signsBody == true { request.headers.append(("x-amz-content-sha256", request.payload.value)) }
        return request
    }

    private func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
