import NIOCore
import NIOHTTP1

/// What comes in on one connection, for whoever reads it at the moment.
///
/// Not `Sendable`: it belongs to the connection's task.
final class RequestParts {
    private var iterator: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator

    init(_ inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>) { iterator = inbound.makeAsyncIterator() }

    func next() async throws -> HTTPServerRequestPart? { try await iterator.next(isolation: #isolation) }
}

/// How far the body of one request has been read.
final class ArrivingBody {
    /// Bytes that are read and dropped, for the connection's sake, when the responder did not want them.
    static let drainLimit = 1024 * 1024

    private(set) var isComplete = false
    private let parts: RequestParts
    private let channel: any Channel
    private let pause: TimeAmount
    private var hasFailed = false
    /// Tells the client to send its body; nil once that is done, or where it does not wait to be told.
    private var sendContinue: (() async throws -> Void)?
    /// Bytes that are still to come; nil if the client has not said how many.
    private var remaining: Int?

    /// - Parameter pause: How long the client may send nothing while it is waited for.
    init(
        of head: HTTPRequestHead,
        parts: RequestParts,
        on channel: any Channel,
        pause: TimeAmount,
        sendContinue: @escaping () async throws -> Void
    ) {
        self.parts = parts
        self.channel = channel
        self.pause = pause
        let isChunked = head.headers.contains(name: "transfer-encoding")
        remaining = isChunked ? nil : head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        if head.awaitsContinue, remaining != 0 { self.sendContinue = sendContinue }
    }

    func next() async throws -> ByteBuffer? {
        guard !isComplete else { return nil }
        if let sendContinue {
            self.sendContinue = nil
            try await sendContinue()
        }
        switch try await nextPart() {
        case .body(let bytes):
            if let remaining { self.remaining = remaining - bytes.readableBytes }
            return bytes
        case .end:
            isComplete = true
            return nil
        case .head, nil: throw RequestBodyError.incomplete
        }
    }

    private func nextPart() async throws -> HTTPServerRequestPart? {
        // Reading is part of the channel's pipeline, and so is what ends it.
        let timeout = channel.eventLoop.scheduleTask(in: pause) { [pipeline = channel.pipeline] in
            pipeline.fireErrorCaught(RequestBodyError.stalled)
        }
        defer { timeout.cancel() }
        do {
            return try await parts.next()
        } catch {
            hasFailed = true
            if case HTTPParserError.invalidEOFState = error { throw RequestBodyError.incomplete }
            throw error
        }
    }

    /// Whether it is known, before the response is sent, that the rest would take too long, or may never come.
    var endsConnection: Bool {
        if isComplete { return false }
        if hasFailed { return true }
        return sendContinue != nil || remaining.map { $0 > Self.drainLimit } ?? false
    }

    /// Reads and drops what is left; false if that is too much.
    func drain() async throws -> Bool {
        var dropped = 0
        while let bytes = try await next() {
            dropped += bytes.readableBytes
            if dropped > Self.drainLimit { return false }
        }
        return true
    }
}

extension HTTPRequestHead {
    /// Whether the client waits for leave to send its body.
    var awaitsContinue: Bool { headers.first(name: "expect")?.lowercased() == "100-continue" }
}
