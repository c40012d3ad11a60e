import AWSSignature
import FoundationEssentials
import Testing

@Suite struct SignatureV2Tests {
    private let now = SignatureMoment.ofBotocore

    private func verifier(_ sessionToken: String? = nil) -> SignatureVerifier {
        var verifier = SignatureVerifier { $0 == "AKIDEXAMPLE" ? .example(sessionToken: sessionToken) : nil }
        verifier.allowsVersion2 = true
        return verifier
    }

    @Test(arguments: S3SignatureVectors.queries)
    func acceptsSignaturesByBoto(vector: S3SignatureVectors.Query) throws {
        let verified = try verifier(vector.sessionToken).verify(vector.request, at: now.addingTimeInterval(599))
        #expect(verified.accessKeyID == "AKIDEXAMPLE")
        #expect(verified.scope.service == "s3")
        #expect(verified.isPresigned)
    }

    @Test(arguments: S3SignatureVectors.queries)
    func rejectsAnExpiredSignature(vector: S3SignatureVectors.Query) {
        let verifier = verifier(vector.sessionToken)
        #expect(code { try verifier.verify(vector.request, at: now.addingTimeInterval(600)) } == .expired)
    }

    @Test(arguments: S3SignatureVectors.queries)
    func rejectsAChangedRequest(vector: S3SignatureVectors.Query) {
        let verifier = verifier(vector.sessionToken)
        var changed = [vector.request, vector.request, vector.request, vector.request]
        changed[0].method = "DELETE"
        changed[1].path += "x"
        changed[2].query.replace("1795294156", with: "1795294157")
        changed[3].headers.append(("x-amz-acl", "public-read"))
        for request in changed { #expect(code { try verifier.verify(request, at: now) } == .mismatch) }
    }

    /// The host is not signed, but can name a bucket.
    @Test func rejectsAnotherBucketInTheHost() throws {
        let vector = try #require(S3SignatureVectors.queries.first { $0.name == "metadata" })
        var request = vector.request
        request.headers.removeAll { $0.name.lowercased() == "host" }
        try verifier().verify(request, at: now)
        request.headers.append(("Host", "other.localhost:3001"))
        #expect(code { try verifier().verify(request, at: now) } == .mismatch)
    }

    @Test func acceptsMetadataThatIsAlsoInTheHeaders() throws {
        let vector = try #require(S3SignatureVectors.queries.first { $0.name == "metadata" })
        var request = vector.request
        request.headers.append(("X-Amz-Meta-A", "b"))
        try verifier().verify(request, at: now)
    }

    @Test func rejectsUnknownKeysAndMissingTokens() throws {
        var request = try #require(S3SignatureVectors.queries.first).request
        #expect(code { try verifier("TOKEN").verify(request, at: now) } == .unknownCredentials)
        request.query.replace("AKIDEXAMPLE", with: "AKIDUNKNOWN")
        #expect(code { try verifier().verify(request, at: now) } == .unknownCredentials)
    }

    @Test(arguments: ["Signature=x", "Expires=1795294156", "Signature=x&Expires=soon"])
    func rejectsAnIncompleteSignature(query: String) {
        let request = SignableRequest(method: "GET", path: "/b/k", query: "AWSAccessKeyId=a&" + query, headers: [])
        #expect(code { try verifier().verify(request, at: now) } == .malformed)
    }

    @Test func isNotAcceptedForOtherServices() throws {
        let request = try #require(S3SignatureVectors.queries.first).request
        #expect(code { try SignatureVerifier { _ in .example() }.verify(request, at: now) } == .missing)
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
