import BlockingIO

/// A connection to one server. Its calls block, and only one thread may use it at a time, so it is not `Sendable`.
final class PostgresConnection {
    /// False after the connection broke, or if the state of the server is unknown.
    private(set) var isUsable = true
    /// The limit for one round trip.
    var statementTimeout: Duration
    let configuredTimeout: Duration

    private var handle: ConnectionHandle
    private var preparedStatements: Set<String> = []
    /// Statements to send ahead of the next one, in the same round trip.
    private var prelude: [String] = []
    /// Whether the server limits statements and idle transactions; nil until the first round trip asks.
    private var hasServerLimits: Bool?

    /// How long to wait for the server to confirm a cancellation before the connection is abandoned.
    private static let cancellationTimeout = Duration.seconds(2)

    init(_ configuration: PostgresClient.Configuration) throws(ConnectionFailure) {
        handle = try ConnectionHandle(
            uri: configuration.uri,
            parameters: configuration.parameters,
            deadline: Deadline(after: configuration.connectTimeout)
        )
        statementTimeout = configuration.statementTimeout
        configuredTimeout = configuration.statementTimeout
    }

    func isDead() -> Bool {
        !isUsable || handle.isDead()
    }

    /// The verifier of a password that the server stores for a role.
    func verifier(of password: String, for role: String) throws(PostgresError) -> String {
        try handle.verifier(of: password, for: role)
    }

    // MARK: Transactions

    var isInTransaction: Bool { handle.isInTransaction }

    func begin() throws(PostgresError) {
        // A session cannot be limited within a transaction, whose rollback would undo it.
        if hasServerLimits == nil { try runUnprepared("SELECT 1") }
        try runUnprepared("BEGIN")
    }

    /// Runs the body, then commits. Rolls back if either fails.
    func finishTransaction<Result>(_ body: (any Session) throws -> Result) throws -> Result {
        let result: Result
        do {
            result = try body(self)
        } catch {
            rollBack()
            throw error
        }
        do throws(PostgresError) {
            try commit()
        } catch {
            rollBack()
            throw error.at(.commit)
        }
        return result
    }

    private func commit() throws(PostgresError) {
        let tag = try runUnprepared("COMMIT")
        // If a statement had failed and the body ignored it, the server answers `ROLLBACK` without an error.
        guard tag == "COMMIT" else {
            throw PostgresError(
                .server,
                sqlState: "25P02",
                message: "The transaction was rolled back, because a statement in it had failed."
            )
        }
    }

    private func rollBack() {
        guard isUsable, handle.isInTransaction else { return }
        do throws(PostgresError) {
            try runUnprepared("ROLLBACK")
        } catch {
            // Closing the connection rolls back as well.
            isUsable = false
        }
    }

    // MARK: Statements

    /// Runs statements separated by semicolons, for migrations.
    func runScript(_ sql: String) throws(PostgresError) {
        do throws(StatementFailure) {
            try handle.runScript(sql, until: Deadline(after: statementTimeout))
        } catch {
            switch error {
            case .server(let report):
                if report.isFatal { isUsable = false }
                throw report.error
            case .local(let error):
                isUsable = false
                handle.requestCancellation()
                throw error
            }
        }
    }

    @discardableResult
    private func runUnprepared(_ sql: String) throws(PostgresError) -> String {
        do throws(StatementFailure) {
            return try roundTrip { handle throws(PostgresError) in try handle.sendQuery(sql) }.commandTag
        } catch {
            throw error.error
        }
    }

    private func execute(
        _ name: String,
        _ sql: String,
        _ parameters: TerminatedStrings
    ) throws(PostgresError) -> ResultHandle {
        // The first attempt may find that the name is taken, the second that the statement of that name is stale.
        for _ in 0..<2 {
            do throws(StatementFailure) {
                return try prepareAndExecute(name, sql, parameters)
            } catch {
                guard case .server(let report) = error, !handle.isInTransaction else { throw error.error }
                if report.preparedStatementExists {
                    preparedStatements.insert(name)
                } else if report.preparedStatementIsStale {
                    preparedStatements.remove(name)
                    prelude.append("DEALLOCATE \(name)")
                } else {
                    throw error.error
                }
            }
        }
        do throws(StatementFailure) {
            return try prepareAndExecute(name, sql, parameters)
        } catch {
            throw error.error
        }
    }

    private func prepareAndExecute(
        _ name: String,
        _ sql: String,
        _ parameters: TerminatedStrings
    ) throws(StatementFailure) -> ResultHandle {
        let isPrepared = preparedStatements.contains(name)
        // A statement stays prepared even if its execution fails or is rolled back.
        defer { if !isPrepared, handle.completedStatements > 0 { preparedStatements.insert(name) } }
        return try roundTrip { handle throws(PostgresError) in
            if !isPrepared { try handle.sendPrepare(name, sql) }
            try handle.sendExecute(name, parameters)
        }
    }

    // MARK: Round trips

    private func roundTrip(
        _ send: (inout ConnectionHandle) throws(PostgresError) -> Void
    ) throws(StatementFailure) -> ResultHandle {
        do throws(PostgresError) {
            try handle.beginPipeline()
            if !handle.isInTransaction {
                if hasServerLimits == nil { prelude.insert(ServerLimits.check, at: 0) }
                // Each in its own group, so that a failure does not affect the statement.
                for sql in prelude {
                    try handle.sendQuery(sql)
                    try handle.sendSync()
                }
                prelude = []
            }
            try send(&handle)
            try handle.sendSync()
        } catch {
            isUsable = false
            throw .local(error)
        }
        defer { noteServerLimits() }
        let result = try receive()
        do { try handle.endPipeline() } catch { isUsable = false }
        return result
    }

    /// Reads the answer to ``ServerLimits/check``. If the server has no limits, the next round trip sets them.
    private func noteServerLimits() {
        guard hasServerLimits == nil, let lacking = handle.rowsOfEarlierGroups.first else { return }
        hasServerLimits = true
        if lacking != 0 { prelude.append(ServerLimits.set(configuredTimeout + .seconds(1))) }
    }

    private func receive() throws(StatementFailure) -> ResultHandle {
        do throws(StatementFailure) {
            return try handle.receive(until: Deadline(after: statementTimeout))
        } catch {
            switch error {
            case .server(let report) where report.isFatal: isUsable = false
            case .server: do { try handle.endPipeline() } catch { isUsable = false }
            case .local(let failure) where failure.code == .timedOut: return try receiveAfterCancelling(failure)
            case .local: isUsable = false
            }
            throw error
        }
    }

    private func receiveAfterCancelling(_ timedOut: PostgresError) throws(StatementFailure) -> ResultHandle {
        handle.requestCancellation()
        do throws(StatementFailure) {
            let result = try handle.receive(until: Deadline(after: Self.cancellationTimeout))
            // The statement completed before the cancellation arrived, which might now cancel the next one.
            isUsable = false
            return result
        } catch {
            switch error {
            case .server(let report) where report.sqlState == "57014":
                do { try handle.endPipeline() } catch { isUsable = false }
            case .server, .local: isUsable = false
            }
            throw .local(timedOut)
        }
    }
}

extension PostgresConnection: Session {
    func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        let parameters = try TerminatedStrings(statement.parameters)
        let result = try execute(statementName(S.sql), S.sql, parameters)
        let rowCount = result.rowCount
        var rows: [S.Row] = []
        rows.reserveCapacity(rowCount)
        for index in 0..<rowCount {
            rows.append(try result.withRow(index, S.decode))
        }
        return rows
    }
}

/// A name derived from the SQL, so that it is the same on every connection and in every process.
private func statementName(_ sql: String) -> String {
    // FNV-1a.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "statement_\(String(hash, radix: 16))"
}

extension PostgresError {
    func at(_ step: TransactionStep) -> PostgresError {
        var error = self
        error.transactionStep = step
        return error
    }
}
