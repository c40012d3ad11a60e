import AWSRequests
import AWSSignature
import HTTPListener
import NIOHTTP1
import Testing

@Suite struct RequestVerifierTests {
    private let verifier = RequestVerifier(
        localPrograms: SignatureVerifier { Credentials(accessKeyID: $0, secretAccessKey: $0) },
        others: SignatureVerifier { _ in nil }
    )

    private func knowsKeyAsSecret(_ headers: HTTPHeaders, isFromThisMachine: Bool = true) -> Bool {
        let request = IncomingRequest(
            method: .GET,
            uri: "/",
            headers: headers,
            isFromThisMachine: isFromThisMachine
        )
        return verifier.verifier(for: request).credentials("local") != nil
    }

    @Test(arguments: [[:], ["User-Agent": "aws-cli/2.31"], ["User-Agent": "Boto3/1.40"]] as [HTTPHeaders])
    func programsOnThisMachineMayUseAnyKeyAsItsOwnSecret(headers: HTTPHeaders) {
        #expect(knowsKeyAsSecret(headers))
    }

    @Test(
        arguments: [
            ["Origin": "http://127.0.0.1:3000"], ["Origin": "null"], ["Referer": "http://127.0.0.1:3000/"],
            ["Sec-Fetch-Site": "none"], ["Sec-Fetch-Mode": "navigate"], ["User-Agent": "Mozilla/5.0"],
        ] as [HTTPHeaders]
    )
    func browsersMayNot(headers: HTTPHeaders) { #expect(!knowsKeyAsSecret(headers)) }

    @Test func otherMachinesMayNot() { #expect(!knowsKeyAsSecret([:], isFromThisMachine: false)) }
}
