import EmulatorCore
import NIOCore
import NIOHTTP1

/// One connection of a function process to its Runtime API.
///
/// It writes responses as bytes, without an HTTP encoder, and in one flush, because it is on the path of every message.
final class RuntimeAPIHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private enum Endpoint {
        case next
        case response(Substring)
        case error(Substring)
        case initError
        case ping
        case extensions
        case unknown
    }

    /// How long an ended connection stays open for the peer to read the last answer.
    private var lingering = TimeAmount.seconds(10)
    private let process: FunctionProcess
    private let excess: RuntimeAPIExcessHandler
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLarge = false
    /// How the answer to the current request ends.
    private(set) var persistence = Persistence.implicit
    /// How many requests have no answer yet.
    private var unanswered = 0
    /// Whether the last answer is being written or has been written.
    private var isEnding = false
    /// Whether the socket has taken the last answer.
    private var hasFinished = false
    /// Whether the peer has ended its side of the connection.
    private var isInputClosed = false

    init(process: FunctionProcess, excess: RuntimeAPIExcessHandler) {
        self.process = process
        self.excess = excess
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        process.connected(self, context.channel)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        process.disconnected(self)
        context.fireChannelInactive()
    }

    /// The peer has ended its side, or has closed the connection; TCP does not tell the two apart.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return }
        isInputClosed = true
        if hasFinished {
            context.close(promise: nil)
        } else if unanswered == 0 {
            finish(context)
        } else if PeerSocket(of: context.channel)?.isOpen == true {
            persistence = .closes
        } else {
            // The process must not get an event that it cannot read.
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser reports what follows the last request as errors, but the client still waits for its answer.
        let isExcess = isEnding || (persistence == .closes && unanswered > 0)
        if isExcess, error is HTTPParserError || error is ByteToMessageDecoderError { return }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What follows the last request is dropped.
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            persistence = Persistence(of: head)
            body = ByteBuffer()
            isTooLarge = false
            if head.version == .http1_1, head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")),
                    promise: nil
                )
            }
        case .body(var part):
            if isTooLarge || body.readableBytes + part.readableBytes > RuntimeAPI.payloadLimit {
                isTooLarge = true
                body = ByteBuffer()
            } else if body.readableBytes == 0 {
                body = part
            } else {
                body.writeBuffer(&part)
            }
        case .end:
            guard let head else { return }
            self.head = nil
            unanswered += 1
            if persistence == .closes { excess.dropInput() }
            handle(head)
        }
    }

    // MARK: The connection

    /// Begins to read requests.
    func admit() {
        try? context?.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    /// Answers whatever the client sends with 403, and ends the connection soon: a stranger must not keep it.
    func turnAway(_ reason: String) {
        lingering = .seconds(2)
        persistence = .closes
        refuse("403 Forbidden", type: "AccessDenied", "This Runtime API refuses the connection: \(reason)")
        admit()
    }

    func close() {
        context?.close(promise: nil)
    }

    // MARK: Requests

    private func handle(_ head: HTTPRequestHead) {
        // A client that sends another request before its event has lost track of its own.
        guard !process.hasParked(self) else { return close() }
        if let reason = RuntimeAPIAccess.refusal(of: head) {
            persistence = .closes
            return refuse("403 Forbidden", type: "AccessDenied", reason)
        }
        switch Self.endpoint(head) {
        case .next: process.next(self)
        case .response(let id): process.respond(to: id, body: isTooLarge ? nil : body, from: self)
        case .error(let id): process.fail(id, with: isTooLarge ? nil : failure(head), from: self)
        case .initError: process.failInitialization(with: failure(head), from: self)
        case .ping: answer("200 OK", "pong", type: "text/plain; charset=utf-8")
        case .extensions:
            refuse(
                "404 Not Found",
                type: "Extension.NotSupported",
                "The local runtime does not support the Extensions API"
            )
        case .unknown: refuse("404 Not Found", type: "NotFound", "No such resource: \(head.method) \(head.uri)")
        }
        body = ByteBuffer()
    }

    private func failure(_ head: HTTPRequestHead) -> FunctionFailure {
        .reported(body, type: head.headers.first(name: "Lambda-Runtime-Function-Error-Type"))
    }

    private static func endpoint(_ head: HTTPRequestHead) -> Endpoint {
        let invocation = "/2018-06-01/runtime/invocation/"
        let uri = head.uri
        switch head.method {
        case .GET where uri == "/2018-06-01/runtime/invocation/next": return .next
        case .GET where uri == "/2018-06-01/ping": return .ping
        case .POST where uri.hasPrefix(invocation):
            let rest = uri.utf8.dropFirst(invocation.utf8.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return .unknown }
            let id = uri[rest.startIndex..<slash]
            return switch uri[slash...] {
            case "/response": .response(id)
            case "/error": .error(id)
            default: .unknown
            }
        case .POST where uri == "/2018-06-01/runtime/init/error": return .initError
        default:
            let isExtensions = ["/2020-01-01/", "/2020-08-15/", "/2022-07-01/"].contains { uri.hasPrefix($0) }
            return isExtensions ? .extensions : .unknown
        }
    }

    // MARK: Writing

    func write(_ bytes: ByteBuffer...) {
        guard let context, !isEnding else { return }
        for bytes in bytes where bytes.readableBytes > 0 {
            context.write(wrapOutboundOut(bytes), promise: nil)
        }
        unanswered = max(0, unanswered - 1)
        guard persistence == .closes, unanswered == 0 else { return context.flush() }
        finish(context)
    }

    /// Ends the connection once the socket has taken everything that is written.
    private func finish(_ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        isEnding = true
        excess.dropInput()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.finished() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Ends this side, and closes the connection when the peer has ended its side too. Closing a socket with unread input
    /// resets it, and the peer might never read the last answer.
    private func finished() {
        hasFinished = true
        guard let context else { return }
        let channel = context.channel
        guard !isInputClosed else { return channel.close(promise: nil) }
        channel.close(mode: .output, promise: nil)
        let limit = channel.eventLoop.scheduleTask(in: lingering) { channel.close(promise: nil) }
        // Otherwise the timer would keep the closed channel in memory.
        channel.closeFuture.whenComplete { _ in limit.cancel() }
    }
}
