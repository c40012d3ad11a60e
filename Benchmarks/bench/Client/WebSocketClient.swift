import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A WebSocket connection for text messages.
struct WebSocketClient: Sendable {
    let inbox: Inbox<ByteBuffer>
    private let channel: any Channel

    static func connect(to address: Address, path: String, on loop: any EventLoop) async throws -> WebSocketClient {
        let inbox = Inbox<ByteBuffer>(on: loop)
        let upgrade: EventLoopFuture<(any Channel)?> = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<(any Channel)?>(maxFrameSize: 1 << 20) {
                        channel,
                        _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Receiver(inbox))
                            return channel
                        }
                    }
                    let request = HTTPRequestHead(
                        version: .http1_1,
                        method: .GET,
                        uri: path,
                        headers: ["Host": "\(address.host):\(address.port)"]
                    )
                    let configuration = NIOTypedHTTPClientUpgradeConfiguration<(any Channel)?>(
                        upgradeRequestHead: request,
                        upgraders: [upgrader],
                        notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) }
                    )
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: configuration)
                    )
                }
            }
        guard let channel = try await upgrade.get() else { throw Failure("The handshake was refused.") }
        return WebSocketClient(inbox: inbox, channel: channel)
    }

    func send(_ text: String) {
        // A constant key: masking protects nothing here.
        let frame = WebSocketFrame(
            fin: true,
            opcode: .text,
            maskKey: [0x12, 0x34, 0x56, 0x78],
            data: channel.allocator.buffer(string: text)
        )
        channel.writeAndFlush(frame, promise: nil)
    }

    func close() async {
        channel.writeAndFlush(
            WebSocketFrame(
                fin: true,
                opcode: .connectionClose,
                maskKey: [0x12, 0x34, 0x56, 0x78],
                data: channel.allocator.buffer(integer: UInt16(1000))
            ),
            promise: nil
        )
        try? await channel.close().get()
    }
}

private final class Receiver: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let inbox: Inbox<ByteBuffer>

    init(_ inbox: Inbox<ByteBuffer>) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if frame.opcode == .text { inbox.put(frame.data) }
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
