import BlockingIO

/// A ``Database`` with one connection, which is opened on first use and kept. Tasks use it one at a time.
///
/// If the server has closed the connection, the client opens a new one. While the server restarts, the client retries
/// for ``Configuration/reconnectTimeout``.
public actor PostgresClient: Database {
    /// The server's address, and time limits.
    public struct Configuration: Sendable {
        /// A `postgresql://` URI. TLS is configured with libpq's parameters (`sslmode=verify-full`); see
        /// [Connection Strings](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
        public var uri: String
        /// libpq parameters that override those of the URI, for example `dbname`.
        public var parameters: [String: String] = [:]
        /// The limit for one connection attempt, excluding host name resolution.
        public var connectTimeout = Duration.seconds(5)
        /// The limit for one round trip.
        public var statementTimeout = Duration.seconds(10)
        /// How long to retry while the server refuses connections because it is restarting.
        public var reconnectTimeout = Duration.seconds(3)
        /// Waits between two connection attempts.
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
        defer { discardIfUnusable(connection) }
        return try connection.finishTransaction(body)
    }

    /// Opens the connection, unless it is open.
    public func connect() throws(PostgresError) {
        _ = try connected(until: Deadline(after: configuration.reconnectTimeout))
    }

    /// Closes the connection. The next statement opens a new one.
    public func close() {
        connection = nil
    }

    /// Lends the connection to `body` with a different time limit for each round trip.
    func withConnection<Result: Sendable>(
        timeout: Duration,
        _ body: @Sendable (PostgresConnection) throws -> Result
    ) throws -> Result {
        let connection = try connected(until: Deadline(after: configuration.reconnectTimeout))
        connection.statementTimeout = timeout
        defer {
            connection.statementTimeout = configuration.statementTimeout
            discardIfUnusable(connection)
        }
        return try body(connection)
    }

    private func withConnection<Result>(
        rerunningIfLost mayRerun: Bool,
        _ body: (PostgresConnection) throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let deadline = Deadline(after: configuration.reconnectTimeout)
        var attemptsLeft = mayRerun ? 3 : 1
        while true {
            let connection = try connected(until: deadline)
            defer { discardIfUnusable(connection) }
            attemptsLeft -= 1
            do throws(PostgresError) {
                return try body(connection)
            } catch {
                guard error.code == .connectionLost, attemptsLeft > 0 else { throw error }
            }
        }
    }

    private func connected(until deadline: Deadline) throws(PostgresError) -> PostgresConnection {
        if let connection, !connection.isDead() { return connection }
        connection = nil
        var backOff = Duration.milliseconds(25)
        while true {
            do throws(ConnectionFailure) {
                let new = try PostgresConnection(configuration)
                connection = new
                return new
            } catch {
                guard error.isTemporary, !deadline.hasPassed else { throw error.error }
                configuration.pause(min(backOff, deadline.remaining))
                backOff = min(backOff * 2, .milliseconds(400))
            }
        }
    }

    private func discardIfUnusable(_ used: PostgresConnection) {
        if !used.isUsable, connection === used { connection = nil }
    }
}
