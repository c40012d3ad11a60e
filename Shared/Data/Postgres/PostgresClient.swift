import BlockingIO

/// The live ``Database``: one connection, opened on first use, used by one task at a time and kept.
///
/// A connection that the server has closed in the meantime is replaced in silence. While the server is restarting,
/// connecting is tried again for a few seconds.
public actor PostgresClient: Database {
    /// Where the server is and how long to wait for it.
    public struct Configuration: Sendable {
        /// A `postgresql://` URI, with libpq's own settings for TLS (`sslmode=verify-full`).
        ///
        /// [Connection Strings](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING)
        public var uri: String
        /// libpq's parameters that override those of the URI, `dbname` for example.
        public var parameters: [String: String] = [:]
        /// For one attempt to connect, without the time to resolve the host's name.
        public var connectTimeout = Duration.seconds(5)
        /// For one round trip.
        public var statementTimeout = Duration.seconds(10)
        /// How long to go on trying while the server refuses connections as it does when it is restarted.
        public var reconnectPatience = Duration.seconds(3)
        /// Waits between two attempts to connect.
        var pause: @Sendable (Duration) -> Void = { BlockingIO.pause(for: $0) }

        public init(uri: String) {
            self.uri = uri
        }
    }

    private let executor = BlockingExecutor(label: "postgres")
    private let configuration: Configuration
    private var connection: PostgresConnection?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.forActor
    }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Creates a client that connects on first use.
    public init(uri: String) {
        self.init(Configuration(uri: uri))
    }

    public func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        try withConnection(rerunningIfLost: S.isIdempotent) { connection throws(PostgresError) in
            try connection.run(statement)
        }
    }

    public func transaction<Result: Sendable>(
        _ body: @Sendable (any Session) throws -> Result
    ) throws -> Result {
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try withConnection(rerunningIfLost: true) { connection throws(PostgresError) in
                try connection.begin()
                return connection
            }
        } catch {
            throw error.at(.begin)
        }
        defer { forgetIfUnusable(connection) }
        return try connection.finishTransaction(body)
    }

    /// Closes the connection; the next statement opens another.
    public func close() {
        connection = nil
    }

    /// Lends the connection to `body` with another time-out than statements have.
    func withConnection<Result: Sendable>(
        timeout: Duration,
        _ body: @Sendable (PostgresConnection) throws -> Result
    ) throws -> Result {
        let connection = try connected(until: Deadline(after: configuration.reconnectPatience))
        connection.statementTimeout = timeout
        defer {
            connection.statementTimeout = configuration.statementTimeout
            forgetIfUnusable(connection)
        }
        return try body(connection)
    }

    private func withConnection<Result>(
        rerunningIfLost mayRerun: Bool,
        _ body: (PostgresConnection) throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let patience = Deadline(after: configuration.reconnectPatience)
        var attemptsLeft = mayRerun ? 3 : 1
        while true {
            let connection = try connected(until: patience)
            defer { forgetIfUnusable(connection) }
            attemptsLeft -= 1
            do throws(PostgresError) {
                return try body(connection)
            } catch {
                guard error.code == .connectionLost, attemptsLeft > 0 else { throw error }
            }
        }
    }

    private func connected(until patience: Deadline) throws(PostgresError) -> PostgresConnection {
        if let connection, !connection.isDead() { return connection }
        connection = nil
        var backOff = Duration.milliseconds(25)
        while true {
            do throws(ConnectionAttempt.Failure) {
                let new = try PostgresConnection(configuration)
                connection = new
                return new
            } catch {
                guard error.mayPass, !patience.hasPassed else { throw error.error }
                configuration.pause(min(backOff, patience.remaining))
                backOff = min(backOff * 2, .milliseconds(400))
            }
        }
    }

    private func forgetIfUnusable(_ used: PostgresConnection) {
        if !used.isUsable, connection === used { connection = nil }
    }
}
