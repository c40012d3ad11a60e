import FoundationEssentials
import Testing

@testable import LambdaRuntime

@Suite struct RuntimeAPIResponseParserTests {
    struct Example: CustomTestStringConvertible {
        var name: String
        var text: String
        var status = 200
        var body: String
        var keepsConnectionOpen = true
        var testDescription: String { name }
    }

    static let complete = [
        Example(name: "content length", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
        Example(name: "no content", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: ""),
        Example(name: "empty body", text: "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", status: 202, body: ""),
        Example(name: "no reason", text: "HTTP/1.1 200\r\nContent-Length:1\r\n\r\nx", body: "x"),
        Example(name: "line feeds alone", text: "HTTP/1.1 200 OK\nContent-Length: 2\n\nab", body: "ab"),
        Example(
            name: "chunked",
            text:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\n\r\n",
            body: "abc0123456789"
        ),
        Example(
            name: "chunked with trailers",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n\n\r\n00\r\nA: b\r\nC: d\r\n\r\n",
            body: "\n"
        ),
        Example(
            name: "after an interim response",
            text: "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            body: "x"
        ),
        Example(
            name: "connection close",
            text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            body: "x",
            keepsConnectionOpen: false
        ),
        Example(
            name: "HTTP/1.0",
            text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
            body: "x",
            keepsConnectionOpen: false
        ),
    ]

    @Test(arguments: complete, [1, 2, 3, 7, 1_000])
    func parsesAResponseInPiecesOfAnySize(example: Example, size: Int) throws {
        var parser = RuntimeAPIResponseParser()
        let pieces = example.text.pieces(of: size)
        for piece in pieces.dropLast() {
            #expect(try parser.consume(piece) == nil)
        }
        let response = try #require(try parser.consume(pieces[pieces.count - 1]))
        #expect(response.status == example.status)
        #expect(String(decoding: response.body, as: UTF8.self) == example.body)
        #expect(response.keepsConnectionOpen == example.keepsConnectionOpen)
    }

    @Test func parsesABodyThatEndsWithTheConnection() throws {
        var parser = RuntimeAPIResponseParser()
        #expect(try parser.consume("HTTP/1.1 200 OK\r\n\r\nhel") == nil)
        #expect(try parser.consume("lo") == nil)
        let response = try parser.endOfInput()
        #expect(response.body == Data("hello".utf8))
        #expect(response.keepsConnectionOpen == false)
    }

    @Test func ignoresTheCaseOfHeaderNamesAndTrimsValues() throws {
        var parser = RuntimeAPIResponseParser()
        let response = try #require(
            try parser.consume("HTTP/1.1 200 OK\r\nLAMBDA-Runtime-Trace-Id:\t Root=1;x=y \r\nContent-Length: 0\r\n\r\n")
        )
        #expect(response.header("lambda-runtime-trace-id") == "Root=1;x=y")
        #expect(response.header("missing") == nil)
    }

    @Test func doesNotReuseAConnectionWithBytesAfterTheResponse() throws {
        var parser = RuntimeAPIResponseParser()
        let response = try parser.consume("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n")
        #expect(response?.keepsConnectionOpen == false)
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc OK\r\n", "HTTP/1.1 20 OK\r\n", "\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\n: x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
    func rejectsMalformedResponses(text: String) throws {
        var parser = RuntimeAPIResponseParser()
        #expect(throws: RuntimeAPIError.self) { try parser.consume(text) }
    }

    @Test func rejectsHeadersThatAreTooLarge() {
        var parser = RuntimeAPIResponseParser()
        #expect(throws: RuntimeAPIError.self) {
            _ = try parser.consume("HTTP/1.1 200 OK\r\n")
            for _ in 0...RuntimeAPIResponseParser.maximumHeadSize / 10 { _ = try parser.consume("Name: val\r\n") }
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    ])
    func rejectsATruncatedResponse(text: String) throws {
        var parser = RuntimeAPIResponseParser()
        _ = try parser.consume(text)
        #expect(throws: RuntimeAPIError.self) { try parser.endOfInput() }
    }
}

extension RuntimeAPIResponseParser {
    fileprivate mutating func consume(_ text: String) throws -> RuntimeAPIResponse? {
        try Array(text.utf8).withUnsafeBytes { try consume($0) }
    }
}

extension String {
    fileprivate func pieces(of size: Int) -> [String] {
        let bytes = Array(utf8)
        return stride(from: 0, to: bytes.count, by: size).map {
            String(decoding: bytes[$0..<Swift.min($0 + size, bytes.count)], as: UTF8.self)
        }
    }
}
