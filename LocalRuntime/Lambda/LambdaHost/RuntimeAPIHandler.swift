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

    private let process: FunctionProcess
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLarge = false
    private var keepsAlive = true

    init(process: FunctionProcess) {
        self.process = process
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        process.connected(context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        process.disconnected(self, context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            keepsAlive = head.isKeepAlive
            body = ByteBuffer()
            isTooLarge = false
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
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
            handle(head)
        }
    }

    // MARK: Requests

    private func handle(_ head: HTTPRequestHead) {
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

    // MARK: Answers

    private static let accepted = ByteBuffer(
        string: "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
            + #"{"status":"OK"}"# + "\n"
    )

    func accept() {
        guard keepsAlive else { return answer("202 Accepted", #"{"status":"OK"}"# + "\n") }
        write(Self.accepted)
    }

    func refuse(_ refusal: RuntimeAPI.Refusal) {
        switch refusal {
        case .invalidRequestID:
            refuse("400 Bad Request", type: "InvalidRequestID", "Invalid request ID")
        case .invalidStateTransition(let from, let to):
            refuse(
                "403 Forbidden",
                type: "InvalidStateTransition",
                "State transition from \(from.rawValue) to \(to) failed for runtime. "
                    + "Error: State transition is not allowed"
            )
        }
    }

    func refuseTooLarge() {
        refuse(
            "413 Request Entity Too Large",
            type: "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size (\(RuntimeAPI.payloadLimit) bytes)."
        )
    }

    /// Answers a `next` request with an event.
    ///
    /// - Parameter deadline: Milliseconds since the epoch.
    func send(_ invocation: Invocation, arn: String, deadline: Int64) {
        guard let context else { return }
        let payload = invocation.request.payload
        var head = context.channel.allocator.buffer(capacity: 512)
        head.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ")
        head.writeString(invocation.requestID)
        head.writeStaticString("\r\nLambda-Runtime-Deadline-Ms: ")
        head.writeString(String(deadline))
        head.writeStaticString("\r\nLambda-Runtime-Invoked-Function-Arn: ")
        head.writeString(arn)
        head.writeStaticString("\r\nLambda-Runtime-Trace-Id: ")
        head.writeString(invocation.traceID)
        if let clientContext = invocation.request.clientContext {
            head.writeStaticString("\r\nLambda-Runtime-Client-Context: ")
            head.writeString(clientContext)
        }
        head.writeStaticString("\r\nContent-Length: ")
        head.writeString(String(payload.readableBytes))
        head.writeString(keepsAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n")
        context.write(wrapOutboundOut(head), promise: nil)
        if payload.readableBytes > 0 { context.write(wrapOutboundOut(payload), promise: nil) }
        context.flush()
        if !keepsAlive { context.close(promise: nil) }
    }

    private func refuse(_ status: String, type: String, _ message: String) {
        var json = JSONWriter()
        json.object { json in
            json.field("errorMessage", message)
            json.field("errorType", type)
        }
        answer(status, String(buffer: json.buffer) + "\n")
    }

    private func answer(_ status: String, _ body: String, type: String = "application/json") {
        let connection = keepsAlive ? "" : "Connection: close\r\n"
        write(
            ByteBuffer(
                string: "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\n\(connection)"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        )
    }

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        if !keepsAlive { context.close(promise: nil) }
    }
}
