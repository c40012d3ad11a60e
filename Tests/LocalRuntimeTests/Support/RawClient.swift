import NIOCore
import NIOHTTP1
import NIOPosix

/// A TCP client that sends any bytes, valid HTTP or not, and parses responses.
///
/// Not `Sendable`: a client belongs to one task.
final class RawClient {
    /// A response as received.
    struct Response {
        var status: Int
        var headers: HTTPHeaders
        var body: String
    }

    /// The connection ended before everything expected had arrived.
    struct Ended: Error {}

    let channel: any Channel
    private var chunks: AsyncThrowingStream<ByteBuffer, any Error>.Iterator
    private var unread = ByteBuffer()

    static func connect(port: Int, reading: Bool = true) async throws -> RawClient {
        let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reading)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, chunks: stream.makeAsyncIterator())
    }

    private init(channel: any Channel, chunks: AsyncThrowingStream<ByteBuffer, any Error>.Iterator) {
        self.channel = channel
        self.chunks = chunks
    }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes).get() }

    /// Closes the socket without sending anything.
    func close() async throws { try await channel.close().get() }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Reads exactly this many bytes.
    func read(_ count: Int) async throws -> ByteBuffer {
        while unread.readableBytes < count { try await readMore() }
        return unread.readSlice(length: count) ?? ByteBuffer()
    }

    /// Waits for the end of the connection and returns what was received before it.
    ///
    /// - Throws: If the connection was reset.
    func readToEnd() async throws -> String {
        while let chunk = try await chunks.next(isolation: #isolation) { unread.writeImmutableBuffer(chunk) }
        defer { unread.clear() }
        return String(buffer: unread)
    }

    /// The next response; `100 Continue` is one.
    func response(toHEAD: Bool = false) async throws -> Response {
        var end = unread.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8))
        while end == nil {
            try await readMore()
            end = unread.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8))
        }
        let length = (end?.upperBound ?? 0) - unread.readerIndex
        let head = String(buffer: try await read(length))
        var lines = head.split(separator: "\r\n").map(String.init)[...]
        let status = lines.removeFirst().split(separator: " ")[1]
        var headers = HTTPHeaders()
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.add(name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let bodyLength = headers.first(name: "content-length").flatMap(Int.init) ?? 0
        let body = toHEAD ? "" : String(buffer: try await read(bodyLength))
        return Response(status: Int(status) ?? 0, headers: headers, body: body)
    }

    private func readMore() async throws {
        guard let chunk = try await chunks.next(isolation: #isolation) else { throw Ended() }
        unread.writeImmutableBuffer(chunk)
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation

    init(continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { continuation.finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        continuation.finish(throwing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
}
