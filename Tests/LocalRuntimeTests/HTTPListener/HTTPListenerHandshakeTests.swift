import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPListener

@Suite struct HandshakeTests {
    private static let valid: HTTPHeaders = [
        "Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private func status(_ headers: HTTPHeaders, method: HTTPMethod = .GET) -> UInt? {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/", headers: headers)
        return Handshake.refusal(of: head)?.status.code
    }

    @Test func acceptsAValidHandshake() {
        #expect(status(Self.valid) == nil)
    }

    @Test(arguments: [
        ("Sec-WebSocket-Version", "8" as String?, 426 as UInt?), ("Sec-WebSocket-Version", nil, 426),
        ("Sec-WebSocket-Key", nil, 400), ("Sec-WebSocket-Key", "", 400), ("Sec-WebSocket-Key", "c2hvcnQ=", 400),
        ("Sec-WebSocket-Key", "no base64 at all!!!!!!!!", 400), ("Upgrade", "WebSocket", nil),
        ("Upgrade", "h2c, websocket", nil), ("Connection", "upgrade", nil), ("Upgrade", "h2c", nil),
        ("Connection", "keep-alive", nil),
    ])
    func checksEachHeader(_ name: String, _ value: String?, _ expected: UInt?) {
        var headers = Self.valid
        headers.remove(name: name)
        if let value { headers.add(name: name, value: value) }
        #expect(status(headers) == expected)
    }

    @Test func refusesMethodsOtherThanGET() {
        #expect(status(Self.valid, method: .POST) == 400)
    }

    @Test(arguments: [
        ("Content-Length", "5", 400 as UInt?), ("Content-Length", "00", 400), ("Transfer-Encoding", "chunked", 400),
        ("Content-Length", "0", nil),
    ])
    func refusesABody(_ name: String, _ value: String, _ expected: UInt?) {
        var headers = Self.valid
        headers.add(name: name, value: value)
        #expect(status(headers) == expected)
    }

    @Test func refusesTwoKeys() {
        var headers = Self.valid
        headers.add(name: "Sec-WebSocket-Key", value: "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(status(headers) == 400)
    }

    @Test func namesTheSupportedVersion() throws {
        var headers = Self.valid
        headers.replaceOrAdd(name: "Sec-WebSocket-Version", value: "8")
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: headers)
        let refusal = try #require(Handshake.refusal(of: head))
        #expect(refusal.headers["Sec-WebSocket-Version"] == ["13"])
    }

    @Test(arguments: [
        ("X-Name", "plain value\twith ünicode", true), ("", "x", false), ("a b", "x", false), ("a:b", "x", false),
        ("a\r\nb", "x", false), ("a", "x\r\nSet-Cookie: y", false), ("a", "x\ny", false), ("a", "\0", false),
        ("ä", "x", false), ("a", "", true),
    ])
    func checksThatHeadersAreWellFormed(_ name: String, _ value: String, _ expected: Bool) {
        #expect(HTTPHeaders.isWellFormed(name: name, value: value) == expected)
    }
}
