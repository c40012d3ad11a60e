import NIOCore
import NIOWebSocket

/// Puts frames together to messages. Pure: what comes out says what to do.
struct MessageAssembler {
    enum Step {
        case nothing
        case message(ByteBuffer)
        case ping(ByteBuffer)
        case closed(WebSocketClosure)
        case violation(WebSocketClosure)
    }

    private let limits: HTTPListener.Limits
    private var partial: ByteBuffer?

    init(limits: HTTPListener.Limits) { self.limits = limits }

    mutating func take(_ frame: WebSocketFrame) -> Step {
        guard frame.length <= limits.webSocketFrame else { return .violation(code: 1009, reason: "Message too big") }
        switch frame.opcode {
        case .text:
            guard partial == nil else { return .violation(code: 1002, reason: "Expected a continuation frame") }
            return append(frame.unmaskedData, to: ByteBuffer(), isLast: frame.fin)
        case .continuation:
            guard let start = partial else { return .violation(code: 1002, reason: "Nothing to continue") }
            partial = nil
            return append(frame.unmaskedData, to: start, isLast: frame.fin)
        case .binary:
            return .violation(code: 1003, reason: "Binary frames are not supported")
        case .ping:
            return .ping(frame.unmaskedData)
        case .pong:
            return .nothing
        case .connectionClose:
            return .closed(Self.closure(frame.unmaskedData))
        default:
            return .violation(code: 1002, reason: "Unknown opcode")
        }
    }

    private mutating func append(_ bytes: ByteBuffer, to start: ByteBuffer, isLast: Bool) -> Step {
        var bytes = bytes
        var whole = start
        guard whole.readableBytes + bytes.readableBytes <= limits.webSocketMessage else {
            return .violation(code: 1009, reason: "Message too big")
        }
        if whole.readableBytes == 0 { whole = bytes } else { whole.writeBuffer(&bytes) }
        guard isLast else {
            partial = whole
            return .nothing
        }
        guard String(validating: whole.readableBytesView, as: UTF8.self) != nil else {
            return .violation(code: 1007, reason: "Text is not UTF-8")
        }
        return .message(whole)
    }

    private static func closure(_ data: ByteBuffer) -> WebSocketClosure {
        var data = data
        guard let code = data.readInteger(as: UInt16.self) else {
            return WebSocketClosure(code: 1005, reason: "Client-side close frame status not set")
        }
        return WebSocketClosure(code: Int(code), reason: String(buffer: data))
    }
}

extension MessageAssembler.Step {
    fileprivate static func violation(code: Int, reason: String) -> Self {
        .violation(WebSocketClosure(code: code, reason: reason))
    }
}
