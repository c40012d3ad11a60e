import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPListener

@Suite struct BodyAssemblerTests {
    private func head(_ headers: HTTPHeaders = [:]) -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)
    }

    private func body(_ text: String) -> HTTPServerRequestPart { .body(ByteBuffer(string: text)) }

    private func steps(_ parts: [HTTPServerRequestPart], limit: Int) -> [BodyAssembler.Step] {
        var assembler = BodyAssembler(limit: limit)
        return parts.map { assembler.append($0) }
    }

    @Test func joinsTheParts() {
        let steps = steps([body("abc"), body("def"), .end(nil)], limit: 6)
        #expect(steps == [.incomplete, .incomplete, .complete(ByteBuffer(string: "abcdef"))])
    }

    @Test func acceptsAMissingBody() {
        #expect(BodyAssembler(limit: 0).begin(head()) == .incomplete)
        #expect(steps([.end(nil)], limit: 0) == [.complete(ByteBuffer())])
    }

    @Test func sendsContinueOnlyForABodyWithinTheLimit() {
        let assembler = BodyAssembler(limit: 3)
        #expect(assembler.begin(head(["Expect": "100-Continue", "Content-Length": "3"])) == .sendContinue)
        #expect(assembler.begin(head(["Expect": "100-continue", "Content-Length": "4"])) == .tooLarge)
    }

    @Test func refusesAChunkedBodyOverTheLimit() {
        #expect(BodyAssembler(limit: 3).begin(head(["Transfer-Encoding": "chunked"])) == .incomplete)
        #expect(steps([body("abc"), body("d")], limit: 3) == [.incomplete, .tooLarge])
    }
}
