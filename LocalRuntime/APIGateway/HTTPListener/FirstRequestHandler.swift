import NIOCore
import NIOHTTP1

/// Inspects a connection's first request before NIO's upgrade handler sees it.
///
/// The upgrade handler withholds the head of every request that has an `Upgrade` header, even if it upgrades nothing,
/// and fails the connection if a body follows. This handler removes the header from requests that are not valid
/// WebSocket handshakes.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let pending: PendingUpgrade
    private let deadline: ConnectionDeadline

    init(pending: PendingUpgrade, deadline: ConnectionDeadline) {
        self.pending = pending
        self.deadline = deadline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        deadline.clear()
        let isHandshake: Bool
        if let refusal = Handshake.refusal(of: head) {
            pending.refuse(refusal)
            isHandshake = false
        } else {
            isHandshake = Handshake.isAttempt(head)
        }
        if isHandshake {
            try? context.pipeline.syncOperations.addHandler(HandshakeEndHandler(), position: .after(self))
        } else {
            head.headers.remove(name: "upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Closes a connection whose client ends its side during a WebSocket handshake.
///
/// A client that has ended its side after an HTTP request still waits for the response, but a WebSocket client that does
/// so has left.
final class HandshakeEndHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }
}

/// Closes a connection whose input is not HTTP, even before its first request is complete.
final class ParserErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        if error is HTTPParserError { context.close(promise: nil) }
    }
}
