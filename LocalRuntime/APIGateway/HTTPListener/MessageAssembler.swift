import EmulatorCore
import NIOCore
import NIOWebSocket

/// Assembles WebSocket frames into messages. It does no I/O: each step says what the session has to do.
struct MessageAssembler {
    enum Step {
        case nothing
        /// A whole text message; its UTF-8 has been validated.
        case message(ByteBuffer)
        case ping(ByteBuffer)
        case closed(WebSocketClosure)
        case violation(WebSocketClosure)
    }

    /// The most frames of a message. Fragments may be empty, so that the message limit does not bound their number.
    static let maximumFrames = 4_096

    private let limits: HTTPListener.Limits
    private var partial: ByteBuffer?
    /// Frames of the message so far.
    private var frameCount = 0

    init(limits: HTTPListener.Limits) { self.limits = limits }

    mutating func take(_ received: ReceivedFrame) -> Step {
        switch received {
        case .frame(let frame): take(frame)
        case .refused(let closure): .violation(closure)
        }
    }

    mutating func take(_ frame: WebSocketFrame) -> Step {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .violation(code: 1002, reason: "No extension was negotiated")
        }
        guard frame.maskKey != nil else {
            return .violation(code: 1002, reason: "Client frames must be masked")
        }
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
            return Self.closing(frame.unmaskedData)
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
        frameCount += 1
        guard frameCount <= Self.maximumFrames else { return .violation(code: 1008, reason: "Too many fragments") }
        if whole.readableBytes == 0 { whole = bytes } else { whole.writeBuffer(&bytes) }
        guard isLast else {
            partial = whole
            return .nothing
        }
        frameCount = 0
        guard whole.isUTF8 else {
            return .violation(code: 1007, reason: "Text is not UTF-8")
        }
        return .message(whole)
    }

    private static func closing(_ data: ByteBuffer) -> Step {
        var data = data
        guard data.readableBytes > 0 else {
            return .closed(WebSocketClosure(code: 1005, reason: "Client-side close frame status not set"))
        }
        guard let code = data.readInteger(as: UInt16.self), isSendable(code) else {
            return .violation(code: 1002, reason: "Close frame has no valid code")
        }
        guard let reason = String(validating: data.readableBytesView, as: UTF8.self) else {
            return .violation(code: 1007, reason: "Reason is not UTF-8")
        }
        return .closed(WebSocketClosure(code: Int(code), reason: reason))
    }

    /// Whether a close frame may have this code: https://www.rfc-editor.org/rfc/rfc6455#section-7.4
    private static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1004, 1005, 1006: false
        case 1000...1014, 3000...4999: true
        default: false
        }
    }
}

extension MessageAssembler.Step {
    fileprivate static func violation(code: Int, reason: String) -> Self {
        .violation(WebSocketClosure(code: code, reason: reason))
    }
}
