import EventLoopExecution
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// An HTTP/1.1 and WebSocket server on one address.
public final class HTTPListener: Sendable {
    /// Limits on what a client may send.
    public struct Limits: Sendable {
        /// The largest request body in bytes; 10 MB on API Gateway. Streaming handlers set their own.
        public var requestBody = 10 * 1024 * 1024
        /// How long a client may take for the head of a request.
        public var requestHead = TimeAmount.seconds(20)
        /// How long to wait for the next bytes of a body; S3 waits about 20 seconds.
        public var bodyPause = TimeAmount.seconds(20)
        /// How long a connection is kept after a response if there is no other request.
        public var idle = TimeAmount.seconds(75)
        /// How many bytes are read and dropped after the last response, for up to ten seconds, so that the client can read
        /// it.
        public var discardedInput = 64 * 1024 * 1024
        /// The largest payload of a WebSocket frame in bytes. AWS allows 32 KB, but browsers and most libraries do not
        /// let their users split a message.
        public var webSocketFrame = 131_072
        /// The largest WebSocket message in bytes, over all of its frames.
        public var webSocketMessage = 131_072

        public init() {}
    }

    private enum Negotiated {
        case http(HTTPChannel, PendingUpgrade, ConnectionDeadline)
        case webSocket(WebSocketChannel, AcceptedUpgrade)
    }

    /// A new connection, not yet known to be HTTP or WebSocket.
    private struct Arrival: Sendable {
        let channel: any Channel
        let negotiated: EventLoopFuture<Negotiated>
    }

    /// The port in use; a free one if ``bind(host:port:limits:policy:responder:logger:)`` was given 0.
    public let port: Int
    private let server: NIOAsyncChannel<Arrival, Never>
    private let responder: any RequestResponder
    private let limits: Limits
    private let logger: Logger

    /// Binds the address. Connections are accepted but not served until ``serve()`` runs.
    ///
    /// - Parameter policy: Requests for hosts that it does not accept are refused. The responder decides whose pages may
    ///   send the others.
    /// - Throws: `IOError` if the address is in use or does not belong to this machine.
    public static func bind(
        host: String = "127.0.0.1",
        port: Int,
        limits: Limits = Limits(),
        policy: RequestPolicy,
        responder: any RequestResponder,
        logger: Logger
    ) async throws -> HTTPListener {
        let responder = GuardedResponder(policy: policy, responder: responder)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client may end its side of the connection after a request and still wait for the response.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // The buffer grows for connections that send much, so that large bodies arrive in fewer parts.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2_048, maximum: 262_144)
            )
            // Other connections are served before a second read.
            .childChannelOption(.maxMessagesPerRead, value: 1)
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

    /// Serves connections until the task is cancelled, then closes all of them.
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
            // A client that never sends a request would otherwise keep this task waiting.
            arrival.channel.close(promise: nil)
        }
        guard let negotiated else { return }
        switch negotiated {
        case .http(let channel, let upgrade, let deadline):
            let connection = HTTPServerConnection(
                channel: channel,
                refusal: upgrade.refusal,
                limits: limits,
                deadline: deadline,
                responder: responder,
                logger: logger
            )
            await connection.serve()
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
        let deadline = ConnectionDeadline(of: channel, limits: limits)
        let upgrader = NIOTypedWebSocketServerUpgrader<Negotiated>(
            maxFrameSize: limits.webSocketFrame,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeFutureWithTask {
                    await pending.decide(await responder.upgrade(IncomingRequest(head, on: channel)))
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    deadline.cancel()
                    let gate = try channel.pipeline.syncOperations.handler(type: InputGate.self)
                    gate.beginFrames()
                    try channel.pipeline.syncOperations.addHandler(FrameErrorHandler(gate: gate))
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
                            .http(try HTTPChannel(wrappingChannelSynchronously: channel), pending, deadline)
                        }
                    }
                )
            )
        )
        try addGuards(to: channel, before: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self, pending, deadline)
        negotiated.whenFailure { _ in
            channel.close(promise: nil)
            // The handshake was accepted but the client disconnected before the session began.
            guard let accepted = pending.abandon() else { return }
            Task { await accepted.abandoned() }
        }
        return negotiated
    }

    /// Adds the handlers that limit and check what a client sends.
    private static func addGuards<Upgrade: ChannelHandler>(
        to channel: any Channel,
        before upgradeHandler: Upgrade.Type,
        _ pending: PendingUpgrade,
        _ deadline: ConnectionDeadline
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let upgradeHandler = try pipeline.handler(type: upgradeHandler)
        try pipeline.addHandlers(
            [ParserErrorHandler(), FirstRequestHandler(pending: pending, deadline: deadline)],
            position: .before(upgradeHandler)
        )
        let gate = InputGate()
        try pipeline.addHandlers([gate, ArrivalHandler(deadline: deadline)], position: .first)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandlers([RequestMeterHandler(gate: gate), ExcessInputHandler()], position: .after(decoder))
    }
}
