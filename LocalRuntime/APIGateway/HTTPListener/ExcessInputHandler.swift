import NIOCore
import NIOHTTP1

/// Drops what a client sends after its last request, the one with `Connection: close`.
///
/// The parser reports it as an error, which would be answered with 400 after the response, and end the connection before
/// the client has read it.
final class ExcessInputHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    private var hasExcess = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client has left in the middle of a request. NIO would answer 400, and then the responder's answer would be a
        // second response, which NIO's debug builds do not survive.
        if case HTTPParserError.invalidEOFState = error { return context.close(promise: nil) }
        if Self.isExcess(error) { hasExcess = true }
        // Once it has failed, the parser reports all further bytes in this way.
        guard !hasExcess || error is IOError else { return }
        context.fireErrorCaught(error)
    }

    /// Whether the parser has received bytes after the last request.
    static func isExcess(_ error: any Error) -> Bool {
        if case HTTPParserError.closedConnection = error { true } else { false }
    }
}
