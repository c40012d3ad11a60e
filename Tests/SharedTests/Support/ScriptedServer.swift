import NIOCore
import NIOPosix
import Synchronization

/// A server that answers each request with the next step of a script, byte for byte.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case respond(String)
        case respondAndClose(String)
        /// Reads the request and closes the connection without a response.
        case close
        /// Reads the request and sends nothing until ``ScriptedServer/release(_:)``.
        case hold
    }

    /// All requests, in order of arrival.
    let arrivals: AsyncStream<String>
    let address: String
    private let script: Script
    private let channel: any Channel

    /// Performs the steps in order, and closes connections after the last one.
    convenience init(_ steps: [Step]) async throws {
        let steps = Mutex(steps)
        try await self.init { _ in steps.withLock { $0.isEmpty ? .close : $0.removeFirst() } }
    }

    /// Performs the step that `answer` returns for a request.
    init(_ answer: @escaping @Sendable (_ request: String) -> Step) async throws {
        let host = Self.newHost()
        let (arrivals, continuation) = AsyncStream.makeStream(of: String.self)
        let script = Script(answer: answer, arrivals: continuation)
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(script))
                }
            }
            .bind(host: host, port: 0).get()
        address = "\(host):\(channel.localAddress?.port ?? 0)"
        self.arrivals = arrivals
        self.script = script
    }

    /// A loopback address for one server only, because the kernel may reuse the port of a stopped server for another
    /// test.
    private static func newHost() -> String {
        let number = hosts.add(1, ordering: .relaxed).newValue
        return "127.77.\(number / 250).\(number % 250 + 1)"
    }

    private static let hosts = Atomic(0)

    var requests: [String] { script.state.withLock { $0.requests } }
    var connections: Int { script.state.withLock { $0.connections } }

    /// Answers the held request.
    func release(_ response: String) async throws {
        let channel = script.state.withLock { $0.held.take() }
        try await channel?.writeAndFlush(ByteBuffer(string: response)).get()
    }

    /// Closes the listener and every connection.
    func stop() async throws {
        for channel in script.state.withLock({ $0.channels }) { channel.close(promise: nil) }
        try await channel.close()
    }
}

private final class Script: Sendable {
    struct State {
        var requests: [String] = []
        var connections = 0
        var channels: [any Channel] = []
        var held: (any Channel)?
    }

    let state = Mutex(State())
    private let answer: @Sendable (String) -> ScriptedServer.Step
    private let arrivals: AsyncStream<String>.Continuation

    init(
        answer: @escaping @Sendable (String) -> ScriptedServer.Step,
        arrivals: AsyncStream<String>.Continuation
    ) {
        self.answer = answer
        self.arrivals = arrivals
    }

    func open(_ channel: any Channel) {
        state.withLock {
            $0.connections += 1
            $0.channels.append(channel)
        }
    }

    func step(for request: String, on channel: any Channel) -> ScriptedServer.Step {
        defer { arrivals.yield(request) }
        return state.withLock { state in
            state.requests.append(request)
            let step = answer(request)
            if case .hold = step { state.held = channel }
            return step
        }
    }
}

private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: Script
    private var received: [UInt8] = []

    init(_ script: Script) {
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) {
        script.open(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        while let request = takeRequest() {
            switch script.step(for: request, on: context.channel) {
            case .hold: break
            case .close: context.close(promise: nil)
            case .respond(let text): write(text, context: context)
            case .respondAndClose(let text):
                write(text, context: context)
                context.close(promise: nil)
            }
        }
    }

    private func write(_ text: String, context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    /// Removes a complete request: a head, and a body of the length in `Content-Length`.
    private func takeRequest() -> String? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
        let head = String(decoding: received[..<end], as: UTF8.self)
        let length = head.split(separator: "\r\n")
            .first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
        guard received.count >= end + (length ?? 0) else { return nil }
        defer { received.removeFirst(end + (length ?? 0)) }
        return String(decoding: received[..<(end + (length ?? 0))], as: UTF8.self)
    }
}
