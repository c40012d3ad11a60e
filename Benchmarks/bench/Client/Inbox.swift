import NIOCore

/// The messages that a connection received, each with the time at which it was read from the socket.
struct Inbox<Content: Sendable>: Sendable {
    struct Arrival: Sendable {
        var content: Content
        var time: NIODeadline
    }

    private let loop: any EventLoop
    private let stream: AsyncStream<Arrival>
    private let continuation: AsyncStream<Arrival>.Continuation

    init(on loop: any EventLoop) {
        self.loop = loop
        (stream, continuation) = AsyncStream.makeStream(of: Arrival.self)
    }

    func put(_ content: Content) { continuation.yield(Arrival(content: content, time: .now())) }

    func close() { continuation.finish() }

    /// Removes and returns the oldest. Throws if the connection is closed, the task is cancelled, or nothing arrives for
    /// half a minute.
    func next() async throws -> Arrival {
        let timeout = loop.scheduleTask(in: .seconds(30)) { close() }
        defer { timeout.cancel() }
        var iterator = stream.makeAsyncIterator()
        guard let arrival = await iterator.next() else {
            throw Failure(
                Task.isCancelled ? "Stopped." : "The connection was closed, or nothing arrived for half a minute."
            )
        }
        return arrival
    }
}

/// Why a measurement failed.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
