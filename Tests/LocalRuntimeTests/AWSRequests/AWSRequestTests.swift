import AWSRequests
import AWSSignature
import FoundationEssentials
import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

@Suite struct AWSRequestTests {
    private static let credentials = Credentials(accessKeyID: "key", secretAccessKey: "secret")
    private static let time = Date(timeIntervalSince1970: 1_700_000_000)

    private let verifier = RequestVerifier(SignatureVerifier { $0 == "key" ? credentials : nil })

    /// The head of a request that is signed for a service and a body.
    private func head(service: String, body: String) -> IncomingRequest {
        let signable = SignableRequest(
            method: "POST",
            target: "/path?b=1&a=2",
            headers: [(name: "Host", value: "localhost:3001")],
            payload: PayloadHash(of: Array(body.utf8))
        )
        let signature = Signer(credentials: Self.credentials, service: service, region: "us-east-1")
            .headers(for: signable, at: Self.time)
        let headers = HTTPHeaders((signable.headers + signature).map { ($0.name, $0.value) })
        return IncomingRequest(method: .POST, uri: "/path?b=1&a=2", headers: headers)
    }

    @Test(arguments: ["s3", "sqs", "lambda", "execute-api"])
    func readsTheServiceFromTheHead(_ service: String) {
        #expect(AWSRequest(head(service: service, body: "x")).service == service)
    }

    @Test func verifiesTheBodyThatArrivesAfterTheHead() throws {
        let request = AWSRequest(head(service: "sqs", body: "body"))
        let signature = try request.withBody(ByteBuffer(string: "body")).verified(by: verifier, at: Self.time)
        #expect(signature.accessKeyID == "key")
        #expect(signature.scope.service == "sqs")
    }

    @Test func refusesAnotherBody() {
        let request = AWSRequest(head(service: "sqs", body: "body")).withBody(ByteBuffer(string: "other"))
        let error = #expect(throws: SignatureError.self) { try request.verified(by: verifier, at: Self.time) }
        #expect(error?.code == .mismatch || error?.code == .payloadMismatch)
    }

    @Test func reportsAMissingSignature() {
        let request = AWSRequest(IncomingRequest(method: .GET, uri: "/", headers: ["Host": "localhost"]))
        #expect(request.service == nil)
        let error = #expect(throws: SignatureError.self) { try request.verified(by: verifier, at: Self.time) }
        #expect(error?.code == .missing)
    }

    @Test func reportsAMalformedSignature() {
        let headers: HTTPHeaders = ["Host": "localhost", "Authorization": "AWS4-HMAC-SHA256 Credential=x"]
        let request = AWSRequest(IncomingRequest(method: .GET, uri: "/", headers: headers))
        #expect(request.service == nil)
        let error = #expect(throws: SignatureError.self) { try request.verified(by: verifier, at: Self.time) }
        #expect(error?.code == .malformed)
    }
}
