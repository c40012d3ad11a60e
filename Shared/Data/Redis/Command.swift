/// One Redis command as a value: its words and how to read its reply.
public protocol Command: Sendable {
    associatedtype Reply: Sendable
    /// Whether executing it a second time does no harm.
    ///
    /// If the connection breaks after a command was sent, nobody knows whether it was executed. One that is idempotent
    /// is then sent again. False unless the command says otherwise.
    static var isIdempotent: Bool { get }
    /// The command's name, then its arguments.
    var arguments: [String] { get }
    static func decode(_ value: RedisValue) throws(RedisError) -> Reply
}

extension Command {
    public static var isIdempotent: Bool { false }
}

/// Where commands are executed: Redis in a function, a stub in its tests.
public protocol RedisStore: Sendable {
    /// Executes lists of commands in one round trip, in their order, and returns a list of replies for each.
    ///
    /// It is no transaction: commands of others may come in between, and if one fails, the others are executed and the
    /// first failure is thrown. Without any command there is no round trip.
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
