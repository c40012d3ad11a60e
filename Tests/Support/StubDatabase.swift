public import Postgres
import Synchronization
import Testing

/// A ``Database`` that answers each type of statement with the rows that a test provides. A statement without an answer
/// fails the test.
public final class StubDatabase: Database {
    private struct State {
        var answers: [ObjectIdentifier: any Answer] = [:]
        var statements: [any Statement] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Answers every statement of a type from now on. The closure may throw an error instead of returning rows.
    public func answer<S: Statement>(_: S.Type, with rows: @escaping @Sendable (S) throws(PostgresError) -> [S.Row]) {
        state.withLock { $0.answers[ObjectIdentifier(S.self)] = AnswerTo<S>(rows: rows) }
    }

    /// The statements of a type that were run, in order.
    public func ran<S: Statement>(_: S.Type) -> [S] {
        state.withLock { $0.statements.compactMap { $0 as? S } }
    }

    /// Whether no statement was run.
    public var isUntouched: Bool { state.withLock { $0.statements.isEmpty } }

    public func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        let answer = state.withLock { state in
            state.statements.append(statement)
            return state.answers[ObjectIdentifier(S.self)] as? AnswerTo<S>
        }
        guard let answer else {
            Issue.record("\(S.self) was run, and the test has no answer to it")
            throw PostgresError(.server, message: "\(S.self) was not stubbed")
        }
        return try answer.rows(statement)
    }

    public func transaction<Result: Sendable>(_ body: @Sendable (any Session) throws -> Result) throws -> Result {
        try body(StubSession(database: self))
    }
}

private struct StubSession: Session {
    let database: StubDatabase

    func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        try database.run(statement)
    }
}

private protocol Answer: Sendable {}

private struct AnswerTo<S: Statement>: Answer {
    var rows: @Sendable (S) throws(PostgresError) -> [S.Row]
}
