import Logging
import NIOCore
import NIOHTTP1

typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

/// Answers the requests of one connection, one after the other.
struct HTTPConnection {
    let channel: HTTPChannel
    /// What the first request gets when it was a handshake and was refused; the connection ends with it.
    let refusal: OutgoingResponse?
    let limits: HTTPListener.Limits

    func serve(with responder: any RequestResponder, logger: Logger) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let parts = RequestParts(inbound)
                var assembler = RequestAssembler(limit: limits.requestBody)
                var isDraining = false
                if let refusal {
                    // The handshake itself is not among the parts that come, or has lost its headers.
                    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
                    try await write(checked(refusal, logger), to: head, keepAlive: false, outbound)
                    isDraining = true
                    closeSoon()
                }
                while let part = try await parts.next() {
                    if isDraining { continue }
                    if case .head(let head) = part,
                        let streaming = responder.streamingResponder(for: IncomingRequest(head, on: channel.channel))
                    {
                        switch try await stream(head, parts, to: streaming, outbound, logger) {
                        case .nextRequest: continue
                        case .end: return
                        case .drain:
                            isDraining = true
                            closeSoon()
                            continue
                        }
                    }
                    switch assembler.take(part) {
                    case .incomplete: continue
                    case .awaitsContinue(let version):
                        try await outbound.write(.head(HTTPResponseHead(version: version, status: .continue)))
                    case .tooLarge(let head):
                        let response = OutgoingResponse.message(
                            .payloadTooLarge,
                            "Request Entity Too Large"
                        )
                        try await write(response, to: head, keepAlive: false, outbound)
                        // Closing a socket with unread bytes resets it, and the client might never see why.
                        isDraining = true
                        closeSoon()
                    case .whole(let head, let body):
                        let request = IncomingRequest(head, body: body, on: channel.channel)
                        let response = await responder.respond(to: request)
                        try await write(checked(response, logger), to: head, keepAlive: head.isKeepAlive, outbound)
                        guard head.isKeepAlive else { return }
                    }
                }
            }
        } catch {
            // A client that leaves in the middle is an everyday event.
            logger.trace("HTTP connection ended early", metadata: ["error": "\(error)"])
        }
    }

    private enum Next {
        case nextRequest, end
        /// There is more of a body than anybody wants to read.
        case drain
    }

    /// Answers one request whose body the responder reads for itself, or leaves.
    private func stream(
        _ head: HTTPRequestHead,
        _ parts: RequestParts,
        to responder: any StreamingResponder,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>,
        _ logger: Logger
    ) async throws -> Next {
        let body = ArrivingBody(of: head, parts: parts, on: channel.channel, pause: limits.bodyPause) {
            try await outbound.write(.head(HTTPResponseHead(version: head.version, status: .continue)))
        }
        let request = IncomingRequest(head, on: channel.channel)
        let response = await responder.respond(to: request, body: RequestBody { try await body.next() })
        let keepAlive = head.isKeepAlive && !body.endsConnection
        try await write(checked(response, logger), to: head, keepAlive: keepAlive, outbound)
        if body.isComplete { return keepAlive ? .nextRequest : .end }
        guard keepAlive else { return .drain }
        return try await body.drain() ? .nextRequest : .drain
    }

    /// Says that no more will be sent, and gives the client ten seconds to have seen it.
    private func closeSoon() {
        let channel = channel.channel
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
    }

    /// The response, unless its headers cannot be sent: whoever made them is wrong, and the client has to hear something.
    private func checked(_ response: OutgoingResponse, _ logger: Logger) -> OutgoingResponse {
        guard !response.headers.areWellFormed else { return response }
        logger.warning("A response has headers that are not HTTP", metadata: ["status": "\(response.status.code)"])
        return .message(.internalServerError, "Internal Server Error")
    }

    private func write(
        _ response: OutgoingResponse,
        to request: HTTPRequestHead,
        keepAlive: Bool,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var head = HTTPResponseHead(version: request.version, status: response.status, headers: response.headers)
        if !keepAlive {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.version != .http1_1 {
            // Clients of HTTP/1.0 keep the connection only if they are told to.
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        let mayHaveBody = request.method != .HEAD && response.status.mayHaveResponseBody
        switch response.body {
        case .bytes(let bytes):
            // The answer to HEAD tells the length of what GET would have got, which only the responder may know.
            let isTold = request.method == .HEAD && head.headers.contains(name: "content-length")
            if response.status.mayHaveResponseBody, !isTold {
                head.headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.readableBytes)")
            }
            var parts = [HTTPServerResponsePart.head(head)]
            if mayHaveBody, bytes.readableBytes > 0 { parts.append(.body(.byteBuffer(bytes))) }
            if keepAlive { parts.append(.end(nil)) }
            try await outbound.write(contentsOf: parts)
        case .stream(let chunks):
            try await outbound.write(.head(head))
            if mayHaveBody { try await write(chunks, length: head.contentLength, outbound) }
            if keepAlive { try await outbound.write(.end(nil)) }
        case .files(let slices):
            let slices = mayHaveBody ? slices : []
            let first: NIOFileHandle?
            do {
                first = try slices.first?.opened()
            } catch {
                let failure = OutgoingResponse.message(.internalServerError, "Internal Server Error")
                return try await write(failure, to: request, keepAlive: keepAlive, outbound)
            }
            // Not flushed: the first slice takes it along.
            channel.channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if let first { try await write(slices[0], of: first) }
            for slice in slices.dropFirst() { try await write(slice, of: slice.opened()) }
            if keepAlive { try await outbound.write(.end(nil)) }
        }
        if !keepAlive { try await flush(.end(nil)) }
    }

    /// - Throws: ``WrongLength`` if there are more or fewer bytes than were announced; the connection ends, and so the
    ///   client knows.
    private func write(
        _ chunks: AsyncThrowingStream<ByteBuffer, any Error>,
        length: Int?,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var written = 0
        for try await chunk in chunks {
            written += chunk.readableBytes
            if let length, written > length { throw WrongLength() }
            try await outbound.write(.body(.byteBuffer(chunk)))
        }
        if let length, written != length { throw WrongLength() }
    }

    private struct WrongLength: Error {}

    private func write(_ slice: FileSlice, of file: NIOFileHandle) async throws {
        defer { try? file.close() }
        let region = FileRegion(
            fileHandle: file,
            readerIndex: Int(slice.offset),
            endIndex: Int(slice.offset + slice.count)
        )
        try await flush(.body(.fileRegion(region)))
    }

    /// Returns when the socket has taken everything, so that whoever closes it then cuts nothing off.
    private func flush(_ part: HTTPServerResponsePart) async throws {
        let channel = channel.channel
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(part)
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// Puts the parts of a request together. Pure: what comes out says what to do.
private struct RequestAssembler {
    enum Step {
        case incomplete
        /// The client waits for leave to send its body.
        case awaitsContinue(HTTPVersion)
        case whole(HTTPRequestHead, ByteBuffer)
        case tooLarge(HTTPRequestHead)
    }

    /// Bytes of body; more is answered with 413.
    let limit: Int
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(limit: Int) { self.limit = limit }

    mutating func take(_ part: HTTPServerRequestPart) -> Step {
        switch part {
        case .head(let head):
            if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > limit {
                return .tooLarge(head)
            }
            self.head = head
            body = ByteBuffer()
            return head.awaitsContinue ? .awaitsContinue(head.version) : .incomplete
        case .body(var bytes):
            guard let head else { return .incomplete }
            guard body.readableBytes + bytes.readableBytes <= limit else { return .tooLarge(head) }
            if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
            return .incomplete
        case .end:
            guard let head else { return .incomplete }
            self.head = nil
            return .whole(head, body)
        }
    }
}

extension HTTPResponseHead {
    fileprivate var contentLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }
}

extension HTTPResponseStatus {
    fileprivate var mayHaveResponseBody: Bool {
        code >= 200 && code != 204 && code != 304
    }
}

extension FileSlice {
    /// To be closed by the caller.
    fileprivate func opened() throws -> NIOFileHandle {
        NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: try open())
    }
}
