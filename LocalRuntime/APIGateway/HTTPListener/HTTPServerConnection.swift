import Logging
import NIOCore
import NIOHTTP1

typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
typealias ResponseParts = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

/// Answers the requests of one connection, one after the other.
struct HTTPServerConnection {
    private enum Next {
        case nextRequest
        /// The client has closed its side.
        case end
        /// Say that no response follows, then read and drop what the client still sends.
        case drain
    }

    let channel: HTTPChannel
    /// The response to a first request that was an invalid or refused handshake; the connection ends after it.
    let refusal: OutgoingResponse?
    let limits: HTTPListener.Limits
    let deadline: ConnectionDeadline
    let responder: any RequestResponder
    let logger: Logger

    /// Returns when the connection is closed.
    func serve() async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let parts = RequestParts(inbound)
                let writer = ResponseWriter(channel: channel.channel, outbound: outbound, logger: logger)
                if try await answerRequests(parts, writer) == .drain { try await drain(parts) }
            }
        } catch {
            // Clients disconnect in the middle of requests all the time.
            logger.trace("HTTP connection ended early", metadata: ["error": "\(error)"])
        }
    }

    private func answerRequests(_ parts: RequestParts, _ writer: ResponseWriter) async throws -> Next {
        if let refusal {
            // The upgrade handler has consumed the request's head or removed headers from it.
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
            try await write(refusal, writer, to: head, keepAlive: false)
            return .drain
        }
        while let part = try await parts.next() {
            guard case .head(let head) = part else { continue }
            deadline.clear()
            let next =
                switch responder.handler(for: IncomingRequest(head, on: channel.channel)) {
                case .buffered(let respond): try await answerBuffered(head, parts, writer, respond)
                case .streaming(let respond): try await answerStreaming(head, parts, writer, respond)
                }
            guard next == .nextRequest else { return next }
            deadline.waitForRequest()
        }
        return .end
    }

    /// Reads the whole body of a request, then answers it.
    private func answerBuffered(
        _ head: HTTPRequestHead,
        _ parts: RequestParts,
        _ writer: ResponseWriter,
        _ respond: RequestHandler.Buffered
    ) async throws -> Next {
        var assembler = BodyAssembler(limit: limits.requestBody)
        var step = assembler.begin(head)
        var budget = BodyBudget(begin: .now(), pause: limits.bodyPause)
        while true {
            switch step {
            case .incomplete: break
            case .sendContinue: try await writer.writeContinue(to: head)
            case .tooLarge:
                let response = OutgoingResponse.message(.payloadTooLarge, "Request Entity Too Large")
                try await write(response, writer, to: head, keepAlive: false)
                return .drain
            case .complete(let body):
                deadline.clear()
                let response = await respond(IncomingRequest(head, body: body, on: channel.channel))
                let keepAlive = head.isKeepAlive && !response.lastsUntilTheEnd(for: head)
                try await write(response, writer, to: head, keepAlive: keepAlive)
                return keepAlive ? .nextRequest : .drain
            }
            deadline.wait(for: budget)
            guard let part = try await parts.next() else { return .end }
            if case .body(let bytes) = part { budget.add(bytes.readableBytes) }
            step = assembler.append(part)
        }
    }

    /// Answers a request whose responder reads the body itself, or leaves it unread.
    private func answerStreaming(
        _ head: HTTPRequestHead,
        _ parts: RequestParts,
        _ writer: ResponseWriter,
        _ respond: RequestHandler.Streaming
    ) async throws -> Next {
        let body = ArrivingBody(of: head, parts: parts, on: channel.channel, pause: limits.bodyPause) {
            try await writer.writeContinue(to: head)
        }
        let request = IncomingRequest(head, on: channel.channel)
        let response = await respond(request, RequestBodyStream { try await body.next() })
        if response.status.code < 400 { try await body.acceptEmptyBody() }
        let keepAlive = head.isKeepAlive && !body.endsConnection && !response.lastsUntilTheEnd(for: head)
        try await write(response, writer, to: head, keepAlive: keepAlive)
        guard keepAlive else { return .drain }
        if body.isComplete { return .nextRequest }
        return try await body.drain() ? .nextRequest : .drain
    }

    private func write(
        _ response: OutgoingResponse,
        _ writer: ResponseWriter,
        to head: HTTPRequestHead,
        keepAlive: Bool
    ) async throws {
        if case .bytes(let bytes) = response.body { deadline.waitForReader(of: bytes.readableBytes) }
        try await writer.write(response, to: head, keepAlive: keepAlive)
        deadline.clear()
    }

    /// Half-closes the connection and drops input for up to ten seconds, within the limit for it: closing a socket with unread
    /// bytes resets it, and the client might never read the response.
    private func drain(_ parts: RequestParts) async throws {
        let channel = channel.channel
        channel.close(mode: .output, promise: nil)
        channel.triggerUserOutboundEvent(InputGate.Discard(limit: limits.discardedInput), promise: nil)
        let limit = channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
        // Otherwise the timer would keep the closed channel in memory.
        defer { limit.cancel() }
        while try await parts.next() != nil {}
    }
}

extension OutgoingResponse {
    /// Whether only the end of the connection can show the end of the body: HTTP/1.0 has no chunks.
    fileprivate func lastsUntilTheEnd(for request: HTTPRequestHead) -> Bool {
        guard case .stream = body, request.version != .http1_1 else { return false }
        return !headers.contains(name: "content-length")
    }
}
