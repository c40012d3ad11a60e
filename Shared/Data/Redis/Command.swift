/// One Redis command as a value: its arguments, and how to decode its reply.
public protocol Command: Sendable {
    associatedtype Reply: Sendable
    /// Whether the command can safely be executed twice. The default is false.
    ///
    /// If the connection breaks after a command was sent, it is unknown whether it was executed. An idempotent command
    /// is then sent again.
    static var isIdempotent: Bool { get }
    /// The command's name, followed by its arguments.
    var arguments: [String] { get }
    static func decode(_ value: RedisValue) throws(RedisError) -> Reply
}

extension Command {
    public static var isIdempotent: Bool { false }
}

/// Executes commands: ``RedisClient`` in a function, a stub in its unit tests.
public protocol RedisStore: Sendable {
    /// Executes lists of commands in order, in one round trip, and returns a list of replies for each list.
    ///
    /// This is not a transaction: commands of other clients may be executed in between. If a command fails, the others
    /// are still executed and the first error is thrown. If all lists are empty, nothing is sent.
    func pipeline<each C: Command>(
        _ commands: repeat [each C]
    ) async throws(RedisError) -> (repeat [(each C).Reply])
}

extension RedisStore {
    /// Executes one command in one round trip.
    public func send<C: Command>(_ command: C) async throws(RedisError) -> C.Reply {
        try await pipeline([command])[0]
    }
}
