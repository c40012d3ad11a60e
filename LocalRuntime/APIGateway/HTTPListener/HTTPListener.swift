import EventLoopExecution
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// An HTTP/1.1 and WebSocket server on one address.
public final class HTTPListener: Sendable {
    /// Bounds of what a client may send.
    public struct Limits: Sendable {
        /// Bytes of a request's body; API Gateway takes 10 MB.
        public var requestBody = 10 * 1024 * 1024
        /// How long a client may send nothing while a ``StreamingResponder`` waits for more of a request's body; S3
        /// waits about 20 seconds.
        public var bodyPause = TimeAmount.seconds(20)
        /// Bytes of one WebSocket frame's payload.
        public var webSocketFrame = 131_072
        /// Bytes of one WebSocket message's payload, over all of its frames.
        public var webSocketMessage = 131_072

        public init() {}
    }

    /// What the decoder takes: more than is allowed, because it answers a frame over its limit by closing the socket
    /// at once, before the client has read why.
    private static let decodableFrame = 16 * 1024 * 1024

    private enum Negotiated {
        case http(HTTPChannel, PendingUpgrade)
        case webSocket(WebSocketChannel, AcceptedUpgrade)
    }

    /// A connection that has not shown yet what it is to be.
    private struct Arrival: Sendable {
        let channel: any Channel
        let negotiated: EventLoopFuture<Negotiated>
    }

    /// The port that is listened on, also where 0 was asked for.
    public let port: Int
    private let server: NIOAsyncChannel<Arrival, Never>
    private let responder: any RequestResponder
    private let limits: Limits
    private let logger: Logger

    /// Binds the address; nothing is answered before ``serve()``.
    ///
    /// - Throws: `IOError` when the address is taken or not this machine's.
    public static func bind(
        host: String = "127.0.0.1",
        port: Int,
        limits: Limits = Limits(),
        responder: any RequestResponder,
        logger: Logger
    ) async throws -> HTTPListener {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Grows only for connections that send much, whose bodies then come in fewer pieces.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2_048, maximum: 262_144)
            )
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    Arrival(
                        channel: channel,
                        negotiated: try negotiation(on: channel, limits: limits, responder: responder)
                    )
                }
            }
        return HTTPListener(server: server, responder: responder, limits: limits, logger: logger)
    }

    private init(
        server: NIOAsyncChannel<Arrival, Never>,
        responder: any RequestResponder,
        limits: Limits,
        logger: Logger
    ) {
        self.server = server
        self.responder = responder
        self.limits = limits
        self.logger = logger
        self.port = server.channel.localAddress?.port ?? 0
    }

    /// Answers connections until the task is cancelled; then none is left.
    public func serve() async {
        await withDiscardingTaskGroup { group in
            do {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        let executor = EventLoopTaskExecutor(connection.channel.eventLoop)
                        group.addTask(executorPreference: executor) { await self.serve(connection) }
                    }
                }
            } catch is CancellationError {
            } catch {
                logger.error("Listener stopped", metadata: ["port": "\(port)", "error": "\(error)"])
            }
            group.cancelAll()
        }
    }

    private func serve(_ arrival: Arrival) async {
        let negotiated = await withTaskCancellationHandler {
            try? await arrival.negotiated.get()
        } onCancel: {
            // Whoever never sends a request would be waited for for ever.
            arrival.channel.close(promise: nil)
        }
        guard let negotiated else { return }
        switch negotiated {
        case .http(let channel, let upgrade):
            await HTTPConnection(channel: channel, refusal: upgrade.refusal, limits: limits)
                .serve(with: responder, logger: logger)
        case .webSocket(let channel, let accepted):
            await WebSocketSession.run(on: channel, limits: limits, accepted.session)
        }
    }

    private static func negotiation(
        on channel: any Channel,
        limits: Limits,
        responder: any RequestResponder
    ) throws -> EventLoopFuture<Negotiated> {
        let pending = PendingUpgrade()
        let upgrader = NIOTypedWebSocketServerUpgrader<Negotiated>(
            maxFrameSize: decodableFrame,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeFutureWithTask {
                    await pending.decide(await responder.upgrade(IncomingRequest(head, on: channel)))
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let wrapped = try WebSocketChannel(wrappingChannelSynchronously: channel)
                    guard let accepted = pending.take() else { throw ChannelError.inappropriateOperationForState }
                    return .webSocket(wrapped, accepted)
                }
            }
        )
        let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(
                upgradeConfiguration: .init(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            .http(try HTTPChannel(wrappingChannelSynchronously: channel), pending)
                        }
                    }
                )
            )
        )
        let upgradeHandler = try channel.pipeline.syncOperations.handler(
            type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self
        )
        try channel.pipeline.syncOperations.addHandlers(
            [ParserErrorHandler(), FirstRequestHandler(pending: pending)],
            position: .before(upgradeHandler)
        )
        // Whoever was let in and never came has to be let out again.
        negotiated.whenFailure { _ in
            guard let accepted = pending.abandon() else { return }
            Task { await accepted.abandoned() }
        }
        return negotiated
    }
}

extension IncomingRequest {
    init(_ head: HTTPRequestHead, body: ByteBuffer = ByteBuffer(), on channel: any Channel) {
        self.init(
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body: body,
            remoteAddress: channel.remoteAddress?.ipAddress ?? "127.0.0.1"
        )
    }
}
