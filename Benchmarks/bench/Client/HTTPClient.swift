import NIOCore
import NIOHTTP1
import NIOPosix

/// A persistent connection for one request at a time.
struct HTTPClient: Sendable {
    private let inbox: Inbox<NIOHTTPClientResponseFull>
    private let channel: any Channel
    private let host: String

    static func connect(to address: Address, on loop: any EventLoop) async throws -> HTTPClient {
        let inbox = Inbox<NIOHTTPClientResponseFull>(on: loop)
        let channel = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOHTTPClientResponseAggregator(maxContentLength: 8 << 20),
                        Receiver(inbox)
                    )
                }
            }
            .connect(host: address.host, port: address.port).get()
        return HTTPClient(inbox: inbox, channel: channel, host: "\(address.host):\(address.port)")
    }

    /// Sends a request; the result is the body of a response with status 200 and the duration. Any other status throws.
    func request(
        _ method: HTTPMethod,
        _ path: String,
        token: String? = nil,
        body: String? = nil
    ) async throws -> (body: ByteBuffer, time: TimeAmount) {
        var headers: HTTPHeaders = ["Host": host, "Content-Length": "\(body?.utf8.count ?? 0)"]
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if body != nil { headers.add(name: "Content-Type", value: "application/json") }
        let start = NIODeadline.now()
        channel.write(
            HTTPClientRequestPart.head(.init(version: .http1_1, method: method, uri: path, headers: headers)),
            promise: nil
        )
        if let body {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)

        let response = try await inbox.next()
        let content = response.content.body ?? ByteBuffer()
        guard response.content.head.status == .ok else {
            throw Failure("\(method) \(path): \(response.content.head.status) \(String(buffer: content))")
        }
        return (content, response.time - start)
    }

    func close() async { try? await channel.close().get() }
}

private final class Receiver: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull

    private let inbox: Inbox<NIOHTTPClientResponseFull>

    init(_ inbox: Inbox<NIOHTTPClientResponseFull>) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { inbox.put(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { inbox.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
