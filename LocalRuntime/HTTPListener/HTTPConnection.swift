import Logging
import NIOCore
import NIOHTTP1

typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

/// Answers the requests of one connection, one after the other.
struct HTTPConnection {
    let channel: HTTPChannel
    /// What the first request gets when it was a handshake and was refused.
    let refusal: OutgoingResponse?
    /// Bytes of body; more is answered with 413.
    let limit: Int

    func serve(with responder: any RequestResponder, logger: Logger) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                var assembler = RequestAssembler(limit: limit)
                var refusal = refusal
                for try await part in inbound {
                    switch assembler.take(part) {
                    case .incomplete: continue
                    case .awaitsContinue(let version):
                        try await outbound.write(.head(HTTPResponseHead(version: version, status: .continue)))
                    case .tooLarge(let head):
                        let response = OutgoingResponse.json(
                            .payloadTooLarge,
                            #"{"message":"Request Entity Too Large"}"#
                        )
                        try await write(response, to: head, keepAlive: false, outbound)
                        return
                    case .whole(let head, let body):
                        let response: OutgoingResponse
                        if let refused = refusal {
                            refusal = nil
                            response = refused
                        } else {
                            response = await responder.respond(
                                to: IncomingRequest(head, body: body, on: channel.channel)
                            )
                        }
                        try await write(response, to: head, keepAlive: head.isKeepAlive, outbound)
                        guard head.isKeepAlive else { return }
                    }
                }
            }
        } catch {
            // A client that leaves in the middle is an everyday event.
            logger.trace("HTTP connection ended early", metadata: ["error": "\(error)"])
        }
    }

    private func write(
        _ response: OutgoingResponse,
        to request: HTTPRequestHead,
        keepAlive: Bool,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>
    ) async throws {
        var head = HTTPResponseHead(version: request.version, status: response.status, headers: response.headers)
        if !keepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        switch response.body {
        case .bytes(let bytes):
            if response.status.mayHaveResponseBody {
                head.headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.readableBytes)")
            }
            if request.method == .HEAD || !response.status.mayHaveResponseBody || bytes.readableBytes == 0 {
                try await outbound.write(contentsOf: [.head(head), .end(nil)])
            } else {
                try await outbound.write(contentsOf: [.head(head), .body(bytes), .end(nil)])
            }
        case .stream(let chunks):
            try await outbound.write(.head(head))
            for try await chunk in chunks {
                try await outbound.write(.body(chunk))
            }
            try await outbound.write(.end(nil))
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
            let expectation = head.headers.first(name: "expect")?.lowercased()
            return expectation == "100-continue" ? .awaitsContinue(head.version) : .incomplete
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

extension HTTPResponseStatus {
    fileprivate var mayHaveResponseBody: Bool {
        code >= 200 && code != 204 && code != 304
    }
}

/// Lets responses be written as plain buffers, which are `Sendable`; the encoder wants `IOData`.
final class ResponseBodyHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers): context.write(wrapOutboundOut(.end(trailers)), promise: promise)
        }
    }
}
