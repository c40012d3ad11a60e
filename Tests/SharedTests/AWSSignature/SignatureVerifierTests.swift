import AWSSignature
import FoundationEssentials
import Testing

@Suite struct SignatureVerifierTests {
    private let now = SignatureMoment.ofBotocore
    private let verifier = SignatureVerifier(service: "execute-api", region: "eu-central-1") { accessKeyID in
        accessKeyID == "AKIDEXAMPLE" ? .example() : nil
    }

    // MARK: Valid signatures

    @Test(arguments: SignatureVector.ofBotocore)
    func acceptsRequestsSignedByBotocore(vector: SignatureVector) throws {
        let verifier = SignatureVerifier { accessKeyID in
            var credentials = Credentials.example(sessionToken: vector.sessionToken)
            credentials.accessKeyID = accessKeyID
            return credentials
        }
        let verified = try verifier.verify(vector.request, at: now.addingTimeInterval(10))
        #expect(verified.scope.service == vector.service)
        #expect(verified.scope.region == "eu-central-1")
    }

    @Test(arguments: SignatureVector.ofBotocore)
    func rejectsAnotherSecret(vector: SignatureVector) {
        let verifier = SignatureVerifier { accessKeyID in
            Credentials(accessKeyID: accessKeyID, secretAccessKey: "another", sessionToken: vector.sessionToken)
        }
        #expect(code { try verifier.verify(vector.request, at: now) } == .mismatch)
    }

    @Test(arguments: SignatureVector.ofAWSNormalized)
    func acceptsItsOwnSignersSignatures(vector: SignatureVector) throws {
        let credentials = Credentials.example(sessionToken: vector.sessionToken)
        let signer = Signer(credentials: credentials, service: "service", region: "us-east-1")
        let verifier = SignatureVerifier(service: "service", region: "us-east-1") { _ in credentials }

        var signed = vector.request
        signed.headers += signer.headers(for: signed, at: SignatureMoment.ofAWS)
        try verifier.verify(signed, at: SignatureMoment.ofAWS)

        var presigned = vector.request
        presigned.query = signer.presignedQuery(for: presigned, at: SignatureMoment.ofAWS, lifetime: 60)
        try verifier.verify(presigned, at: SignatureMoment.ofAWS)
    }

    @Test func ignoresTheCaseOfHeaderNames() throws {
        var request = signed()
        request.headers = request.headers.map { ($0.name.uppercased(), $0.value) }
        try verifier.verify(request, at: now)
    }

    // MARK: Altered requests

    enum Part: CaseIterable { case method, path, query }

    @Test(arguments: Part.allCases)
    func rejectsAChangedRequestLine(part: Part) {
        var request = signed()
        switch part {
        case .method: request.method = "PUT"
        case .path: request.path += "x"
        case .query: request.query = "x=1"
        }
        #expect(code { try verifier.verify(request, at: now) } == .mismatch)
    }

    @Test(arguments: ["Host", "Content-Type", "X-Amz-Date"])
    func rejectsAChangedHeader(name: String) throws {
        var request = signed()
        let index = try #require(request.headers.firstIndex { $0.name == name })
        request.headers[index].value = name == "X-Amz-Date" ? "20261121T203917Z" : "changed"
        #expect(code { try verifier.verify(request, at: now) } == .mismatch)
    }

    @Test func rejectsAChangedBody() {
        var request = signed()
        request.payload = PayloadHash(of: Array("other".utf8))
        #expect(code { try verifier.verify(request, at: now) } == .mismatch)
    }

    @Test func rejectsABodyThatDiffersFromTheDeclaredHash() {
        let credentials = Credentials.example()
        let signer = Signer(credentials: credentials, service: "s3", region: "eu-central-1")
        let verifier = SignatureVerifier(service: "s3") { _ in credentials }
        var request = SignableRequest(method: "PUT", path: "/b/k", headers: [("Host", "localhost")])
        request.headers += signer.headers(for: request, at: now)

        request.payload = PayloadHash(of: Array("other".utf8))
        #expect(code { try verifier.verify(request, at: now) } == .payloadMismatch)
    }

    @Test func returnsTheDeclaredHashOfAnUnreadBody() throws {
        let credentials = Credentials.example()
        let signer = Signer(credentials: credentials, service: "s3", region: "eu-central-1")
        let verifier = SignatureVerifier(service: "s3") { _ in credentials }
        let hash = PayloadHash(of: Array("body".utf8))
        var request = SignableRequest(method: "PUT", path: "/b/k", headers: [("Host", "localhost")], payload: hash)
        request.headers += signer.headers(for: request, at: now)

        request.payload = .unsigned
        #expect(try verifier.verify(request, at: now).payload == hash)
    }

    @Test(arguments: ["X-Amz-Target", "x-amz-meta-a"])
    func rejectsAmazonHeadersAddedAfterSigning(name: String) {
        var request = signed()
        request.headers.append((name, "value"))
        #expect(code { try verifier.verify(request, at: now) } == .unsignedHeader)
    }

    @Test func ignoresOtherHeadersAddedAfterSigning() throws {
        var request = signed()
        request.headers.append(("X-Forwarded-For", "127.0.0.1"))
        try verifier.verify(request, at: now)
    }

    // MARK: Time

    @Test(arguments: [-300, 0, 300])
    func allowsFiveMinutesOfClockSkew(seconds: Int) throws {
        try verifier.verify(signed(), at: now.addingTimeInterval(TimeInterval(seconds)))
    }

    @Test(arguments: [(301, SignatureError.Code.expired), (-301, .notYetValid)])
    func rejectsLargerClockSkew(seconds: Int, expected: SignatureError.Code) {
        #expect(code { try verifier.verify(signed(), at: now.addingTimeInterval(TimeInterval(seconds))) } == expected)
    }

    @Test func acceptsAPresignedRequestUntilItExpires() throws {
        let signer = Signer(credentials: .example(), service: "execute-api", region: "eu-central-1")
        var request = SignableRequest(method: "GET", path: "/a", headers: [("Host", "localhost")])
        request.query = signer.presignedQuery(for: request, at: now, lifetime: 1_000)

        try verifier.verify(request, at: now.addingTimeInterval(1_000))
        #expect(code { try verifier.verify(request, at: now.addingTimeInterval(1_001)) } == .expired)
    }

    // MARK: Scope and credentials

    @Test(arguments: [("s3", "eu-central-1"), ("execute-api", "us-east-1")])
    func rejectsAnotherScope(service: String, region: String) {
        let signer = Signer(credentials: .example(), service: service, region: region)
        #expect(code { try verifier.verify(signed(by: signer), at: now) } == .wrongScope)
    }

    @Test func rejectsAScopeOfAnotherDay() throws {
        var request = signed()
        let index = try #require(request.headers.firstIndex { $0.name == "Authorization" })
        request.headers[index].value.replace("/20261121/", with: "/20261120/")
        #expect(code { try verifier.verify(request, at: now) } == .wrongScope)
    }

    @Test func rejectsAnUnknownAccessKey() {
        var credentials = Credentials.example()
        credentials.accessKeyID = "AKIDUNKNOWN"
        let signer = Signer(credentials: credentials, service: "execute-api", region: "eu-central-1")
        #expect(code { try verifier.verify(signed(by: signer), at: now) } == .unknownCredentials)
    }

    @Test(arguments: [(nil, "token"), ("token", nil), ("token", "other")] as [(String?, String?)])
    func rejectsAnotherSessionToken(issued: String?, sent: String?) {
        let signer = Signer(credentials: .example(sessionToken: sent), service: "execute-api", region: "eu-central-1")
        let verifier = SignatureVerifier { _ in .example(sessionToken: issued) }
        #expect(code { try verifier.verify(signed(by: signer), at: now) } == .unknownCredentials)
    }

    // MARK: Missing and malformed signatures

    @Test func rejectsAMissingSignature() {
        let request = SignableRequest(method: "GET", path: "/", headers: [("Host", "localhost")])
        #expect(code { try verifier.verify(request, at: now) } == .missing)
    }

    @Test(arguments: [
        "", "AWS4-HMAC-SHA256", "Bearer abc", "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/aws4_request, "
            + "SignedHeaders=host;x-amz-date, Signature=abc",
        "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20261121/execute-api/aws4_request, SignedHeaders=host, Signature=00",
    ])
    func rejectsAMalformedAuthorization(text: String) {
        let request = SignableRequest(
            method: "GET",
            path: "/",
            headers: [("Host", "localhost"), ("X-Amz-Date", "20261121T203916Z"), ("Authorization", text)]
        )
        #expect(code { try verifier.verify(request, at: now) } == .malformed)
    }

    @Test(arguments: [
        "", "20261121T203916", "20261121T203916z", "2026-11-21T20:39:16Z", "20261321T203916Z", "20261121T203960Z",
    ])
    func rejectsAMalformedTime(text: String) throws {
        var request = signed()
        let index = try #require(request.headers.firstIndex { $0.name == "X-Amz-Date" })
        request.headers[index].value = text
        #expect(code { try verifier.verify(request, at: now) } == .malformed)
    }

    @Test(arguments: ["0", "604801", "-1", "x", ""])
    func rejectsAMalformedLifetime(text: String) {
        let signer = Signer(credentials: .example(), service: "execute-api", region: "eu-central-1")
        var request = SignableRequest(method: "GET", path: "/a", headers: [("Host", "localhost")])
        request.query = signer.presignedQuery(for: request, at: now, lifetime: 60)
        request.query.replace("X-Amz-Expires=60", with: "X-Amz-Expires=\(text)")
        #expect(code { try verifier.verify(request, at: now) } == .malformed)
    }

    @Test func rejectsASignatureThatOmitsTheHost() throws {
        var request = signed()
        let index = try #require(request.headers.firstIndex { $0.name == "Authorization" })
        request.headers[index].value.replace("host;", with: "")
        #expect(code { try verifier.verify(request, at: now) } == .unsignedHeader)
    }

    @Test func parsesTheScopeWithoutVerifying() throws {
        let claim = try SignatureClaim(of: signed())
        #expect(claim.scope.service == "execute-api")
        #expect(claim.accessKeyID == "AKIDEXAMPLE")
        #expect(claim.isPresigned == false)
    }

    // MARK: Helpers

    private func signed(by signer: Signer? = nil) -> SignableRequest {
        let signer = signer ?? Signer(credentials: .example(), service: "execute-api", region: "eu-central-1")
        var request = SignableRequest(
            method: "POST",
            path: "/live/%40connections/abc%3D",
            headers: [("Host", "127.0.0.1:3001"), ("Content-Type", "application/json")],
            payload: PayloadHash(of: Array("{}".utf8))
        )
        request.headers += signer.headers(for: request, at: now)
        return request
    }

    private func code(_ body: () throws -> some Any) -> SignatureError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? SignatureError)?.code
        }
    }
}
