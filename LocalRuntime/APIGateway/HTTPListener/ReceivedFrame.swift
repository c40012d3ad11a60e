import NIOCore
import NIOWebSocket

/// What a WebSocket client has sent.
enum ReceivedFrame: Sendable {
    case frame(WebSocketFrame)
    /// The header of a frame that is refused without waiting for the rest of it. Nothing follows.
    case refused(WebSocketClosure)

    var isControl: Bool {
        if case .frame(let frame) = self { frame.opcode.isControlOpcode } else { false }
    }
}

/// Turns the decoder's errors into a last frame, so that the session can send a close frame.
final class FrameErrorHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ReceivedFrame

    private let gate: InputGate
    private var hasFailed = false

    init(gate: InputGate) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        gate.count(frame)
        context.fireChannelRead(wrapInboundOut(.frame(frame)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After its first error, the decoder reports one for everything that arrives.
        if hasFailed { return }
        guard let error = error as? NIOWebSocketError else { return context.fireErrorCaught(error) }
        hasFailed = true
        context.fireChannelRead(wrapInboundOut(.refused(WebSocketClosure(error))))
    }
}

extension WebSocketClosure {
    fileprivate init(_ error: NIOWebSocketError) {
        switch error {
        case .invalidFrameLength: self.init(code: 1009, reason: "Message too big")
        default: self.init(code: 1002, reason: "Invalid control frame")
        }
    }
}
