import NIOCore

/// Drops what the peer of a Runtime API connection sends after its last request, before it is parsed.
///
/// The parser would keep what follows an upgrade request, without limit.
final class RuntimeAPIExcessHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// How many bytes are dropped before the connection is closed.
    static let limit = 1_024 * 1_024

    private var dropsInput = false
    private var dropped = 0

    /// The last request is complete, or refused.
    func dropInput() { dropsInput = true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard dropsInput else { return context.fireChannelRead(data) }
        dropped += unwrapInboundIn(data).readableBytes
        if dropped > Self.limit { context.close(promise: nil) }
    }
}
