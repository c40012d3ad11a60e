public import Redis
import Synchronization

/// A ``RedisStore`` that answers each type of command with the replies that a test provides. Any other command throws.
public final class StubRedis: RedisStore {
    private struct State {
        var answers: [ObjectIdentifier: any Answer] = [:]
        var commands: [any Command] = []
        var roundTrips = 0
    }
    private let state = Mutex(State())

    public init() {}

    /// Answers every command of a type from now on. The closure may throw a ``RedisError``.
    public func answer<C: Command>(_: C.Type, with reply: @escaping @Sendable (C) throws(RedisError) -> C.Reply) {
        state.withLock { $0.answers[ObjectIdentifier(C.self)] = AnswerTo<C>(reply: reply) }
    }

    /// The commands of a type that were sent, in order.
    public func sent<C: Command>(_: C.Type) -> [C] {
        state.withLock { $0.commands.compactMap { $0 as? C } }
    }

    /// The arguments of every command that was sent, in order.
    public var sent: [[String]] {
        state.withLock { $0.commands.map(\.arguments) }
    }

    /// The number of round trips to Redis.
    public var roundTrips: Int {
        state.withLock { $0.roundTrips }
    }

    public func pipeline<each C: Command>(
        _ commands: repeat [each C]
    ) throws(RedisError) -> (repeat [(each C).Reply]) {
        var isEmpty = true
        repeat record(each commands, &isEmpty)
        if !isEmpty { state.withLock { $0.roundTrips += 1 } }
        return (repeat try replies(to: each commands))
    }

    private func record<C: Command>(_ commands: [C], _ isEmpty: inout Bool) {
        guard !commands.isEmpty else { return }
        isEmpty = false
        state.withLock { state in
            for command in commands { state.commands.append(command) }
        }
    }

    private func replies<C: Command>(to commands: [C]) throws(RedisError) -> [C.Reply] {
        guard let answer = state.withLock({ $0.answers[ObjectIdentifier(C.self)] as? AnswerTo<C> }) else {
            if commands.isEmpty { return [] }
            throw RedisError(.server, message: "\(C.self) was not stubbed")
        }
        var replies: [C.Reply] = []
        for command in commands { replies.append(try answer.reply(command)) }
        return replies
    }
}

private protocol Answer: Sendable {}

private struct AnswerTo<C: Command>: Answer {
    var reply: @Sendable (C) throws(RedisError) -> C.Reply
}
