import NIOCore
import NIOHTTP1
import NIOWebSocket

/// A WebSocket client that shares no code with the listener and can send invalid frames.
final class WebSocketClient {
    enum Received: Equatable {
        case text(String)
        case pong(String)
        case close(Int, String)
    }

    let raw: RawClient

    /// Sends a handshake and waits for the response.
    static func open(
        port: Int,
        target: String = "/live",
        headers: HTTPHeaders = [:],
        reading: Bool = true
    ) async throws -> WebSocketClient {
        let client = try await begin(port: port, target: target, headers: headers)
        let response = try await client.raw.response()
        guard response.status == 101 else { throw Refused(response: response) }
        if !reading { try await client.raw.channel.setOption(.autoRead, value: false).get() }
        return client
    }

    /// The status of the response to the handshake was not 101.
    struct Refused: Error {
        var response: RawClient.Response
    }

    /// Sends a handshake without waiting for the response.
    static func begin(port: Int, target: String = "/live", headers: HTTPHeaders = [:]) async throws -> WebSocketClient {
        let raw = try await RawClient.connect(port: port)
        var all: HTTPHeaders = [
            "Host": "localhost:\(port)", "Connection": "Upgrade", "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        all.add(contentsOf: headers)
        let lines = all.map { "\($0.name): \($0.value)\r\n" }.joined()
        try await raw.send("GET \(target) HTTP/1.1\r\n\(lines)\r\n")
        return WebSocketClient(raw: raw)
    }

    init(raw: RawClient) { self.raw = raw }

    func send(_ text: String) async throws { try await send(opcode: 1, ByteBuffer(string: text)) }

    func send(opcode: UInt8, _ payload: ByteBuffer, first: UInt8 = 0x80) async throws {
        try await raw.send(Self.frame(opcode: opcode, payload, first: first))
    }

    /// - Parameter first: The bits of the first byte above the opcode; FIN by default.
    static func frame(opcode: UInt8, _ payload: ByteBuffer, first: UInt8 = 0x80) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(first | opcode)
        switch payload.readableBytes {
        case ..<126: frame.writeInteger(0x80 | UInt8(payload.readableBytes))
        case ..<65_536: frame.writeMultipleIntegers(0x80 | UInt8(126), UInt16(payload.readableBytes))
        default: frame.writeMultipleIntegers(0x80 | UInt8(127), UInt64(payload.readableBytes))
        }
        // Masking a large message takes seconds in a debug build, so only small ones get a mask other than zero.
        guard payload.readableBytes < 1_000 else {
            frame.writeInteger(UInt32(0))
            frame.writeImmutableBuffer(payload)
            return frame
        }
        let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        frame.writeBytes(mask)
        frame.writeBytes(payload.readableBytesView.enumerated().map { $0.element ^ mask[$0.offset % 4] })
        return frame
    }

    func close(code: UInt16? = nil, reason: String = "") async throws {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code)
            payload.writeString(reason)
        }
        try await send(opcode: 8, payload)
    }

    func next() async throws -> Received {
        var head = try await raw.read(2)
        let first = head.readInteger(as: UInt8.self) ?? 0
        var length = Int(head.readInteger(as: UInt8.self) ?? 0)
        if length == 126 {
            var extended = try await raw.read(2)
            length = Int(extended.readInteger(as: UInt16.self) ?? 0)
        } else if length == 127 {
            var extended = try await raw.read(8)
            length = Int(extended.readInteger(as: UInt64.self) ?? 0)
        }
        var payload = try await raw.read(length)
        switch first & 0x0f {
        case 8:
            guard let code = payload.readInteger(as: UInt16.self) else { return .close(1005, "") }
            return .close(Int(code), String(buffer: payload))
        case 10: return .pong(String(buffer: payload))
        default: return .text(String(buffer: payload))
        }
    }
}
