import NIOCore
import Testing

@testable import GatewayCore

@Suite struct ProxyResponseTests {
    @Test(arguments: [
        ("{\"statusCode\":200}", 200), ("{\"statusCode\":\"201\"}", 201), ("{\"statusCode\":200.0}", 200),
        (#"{"statusCode":500,"headers":null,"body":null,"multiValueHeaders":null,"isBase64Encoded":false}"#, 500),
    ])
    func readsTheStatus(_ text: String, _ status: Int) {
        #expect(ProxyResponse(strict: ByteBuffer(string: text))?.statusCode == status)
    }

    @Test(arguments: [
        "", "null", "\"text\"", "[]", "{}", #"{"statusCode":null}"#, #"{"statusCode":true}"#, #"{"statusCode":"ok"}"#,
        #"{"statusCode":200.5}"#, #"{"statusCode":99}"#, #"{"statusCode":101}"#, #"{"statusCode":600}"#,
        #"{"statusCode":200,"body":{}}"#, #"{"statusCode":200,"body":1}"#, #"{"statusCode":200,"message":"x"}"#,
        #"{"statusCode":200,"headers":[]}"#, #"{"statusCode":200,"headers":{"a":{}}}"#,
        #"{"statusCode":200,"multiValueHeaders":{"a":"b"}}"#, #"{"statusCode":200,"isBase64Encoded":true,"body":"%"}"#,
    ])
    func refusesMalformedResponses(_ text: String) {
        #expect(ProxyResponse(strict: ByteBuffer(string: text)) == nil)
    }

    @Test func decodesBase64() {
        let text = #"{"statusCode":200,"isBase64Encoded":true,"body":"AP8="}"#
        #expect(ProxyResponse(strict: ByteBuffer(string: text))?.body == ByteBuffer(bytes: [0, 255]))
    }

    @Test func readsHeadersOfBothKindsWithScalarValues() throws {
        let text = #"{"statusCode":200,"headers":{"A":1,"B":true,"C":"x"},"multiValueHeaders":{"C":["y","z"]}}"#
        let response = try #require(ProxyResponse(strict: ByteBuffer(string: text)))
        #expect(response.headers.map { "\($0.name)=\($0.value)" } == ["A=1", "B=true", "C=y", "C=z"])
        #expect(response.header("a") == "1")
        #expect(response.header("d") == nil)
    }
}
