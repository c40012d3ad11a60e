import NIOCore

/// What came in on a connection, each with the moment it was read from the socket: whoever takes it out later, the
/// time is right.
struct Inbox<Content: Sendable>: Sendable {
    struct Arrival: Sendable {
        var content: Content
        var time: NIODeadline
    }

    private let stream: AsyncStream<Arrival>
    private let continuation: AsyncStream<Arrival>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Arrival.self) }

    func put(_ content: Content) { continuation.yield(Arrival(content: content, time: .now())) }

    func close() { continuation.finish() }

    /// The oldest that has not been taken out; throws when the connection is closed or the task is cancelled.
    func next() async throws -> Arrival {
        var iterator = stream.makeAsyncIterator()
        guard let arrival = await iterator.next() else {
            throw Failure(Task.isCancelled ? "It took too long." : "The connection was closed.")
        }
        return arrival
    }
}

/// Why a measurement could not be made.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
