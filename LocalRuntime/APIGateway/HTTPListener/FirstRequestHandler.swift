import NIOCore
import NIOHTTP1

/// Looks at a connection's first request before NIO's upgrade handler does.
///
/// That handler keeps the head of any request with an `Upgrade` header to itself, also when nothing is upgraded, and
/// fails the connection if a body follows. So it is only shown upgrades that may come to something.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let pending: PendingUpgrade

    init(pending: PendingUpgrade) { self.pending = pending }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if let refusal = Handshake.refusal(of: head) {
            pending.refuse(refusal)
            head.headers.remove(name: "upgrade")
        } else if !Handshake.isAttempt(head) {
            head.headers.remove(name: "upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Ends a connection that has sent no HTTP, even if it never came to a request.
final class ParserErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        if error is HTTPParserError { context.close(promise: nil) }
    }
}
