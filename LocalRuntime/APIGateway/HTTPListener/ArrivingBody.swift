import NIOCore
import NIOHTTP1

/// The body of one request as it arrives, and how much of it is missing.
final class ArrivingBody {
    /// The most bytes of an unread request body that are read and dropped to keep the connection.
    static let drainLimit = 1024 * 1024

    private(set) var isComplete = false
    private let parts: RequestParts
    private let channel: any Channel
    private var budget: BodyBudget
    private var hasFailed = false
    /// Sends `100 Continue`; nil once that is sent, or if the client does not expect it.
    private var sendContinue: (() async throws -> Void)?
    /// Bytes that have not arrived yet; nil if the client has not declared a length.
    private var remaining: Int?

    /// - Parameter pause: How long to wait for the next bytes.
    init(
        of head: HTTPRequestHead,
        parts: RequestParts,
        on channel: any Channel,
        pause: TimeAmount,
        sendContinue: @escaping () async throws -> Void
    ) {
        self.parts = parts
        self.channel = channel
        budget = BodyBudget(begin: .now(), pause: pause)
        let isChunked = head.headers.contains(name: "transfer-encoding")
        remaining = isChunked ? nil : head.contentLength ?? 0
        if head.expectsContinue { self.sendContinue = sendContinue }
    }

    func next() async throws -> ByteBuffer? {
        guard !isComplete else { return nil }
        try await sendContinueIfExpected()
        switch try await nextPart() {
        case .body(let bytes):
            budget.add(bytes.readableBytes)
            if let remaining { self.remaining = remaining - bytes.readableBytes }
            return bytes
        case .end:
            isComplete = true
            return nil
        case .head, nil: throw RequestBodyError.incomplete
        }
    }

    /// Sends `100 Continue` before the response to a request without a body, which the responder may not have read. S3
    /// does so too, and botocore confuses its next response without it.
    func acceptEmptyBody() async throws {
        if remaining == 0 { try await sendContinueIfExpected() }
    }

    private func sendContinueIfExpected() async throws {
        guard let sendContinue else { return }
        self.sendContinue = nil
        try await sendContinue()
    }

    private func nextPart() async throws -> HTTPServerRequestPart? {
        // An error fired into the pipeline ends the read that is waiting.
        let timeout = channel.eventLoop.scheduleTask(in: budget.allowance(at: .now())) {
            [pipeline = channel.pipeline] in
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

    /// Whether the rest of the body is too long to drop or may never arrive, so that the response has to say
    /// `Connection: close`.
    var endsConnection: Bool {
        if isComplete { return false }
        if hasFailed { return true }
        return sendContinue != nil || remaining.map { $0 > Self.drainLimit } ?? false
    }

    /// Reads and drops the rest; false if it exceeds ``drainLimit``.
    func drain() async throws -> Bool {
        var dropped = 0
        while let bytes = try await next() {
            dropped += bytes.readableBytes
            if dropped > Self.drainLimit { return false }
        }
        return true
    }
}
