import BlockingIO

/// A ``RedisStore`` with one connection, which is opened on first use and kept. Tasks use it one at a time.
///
/// If the server has closed the connection, the client opens a new one. Redis Cluster's redirections are not supported.
public actor RedisClient: RedisStore {
    /// The server's address, and time limits.
    public struct Configuration: Sendable {
        let location: RedisLocation
        /// The limit for one connection attempt, including TLS, excluding host name resolution.
        public var connectTimeout = Duration.seconds(2)
        /// The limit for one round trip.
        public var commandTimeout = Duration.seconds(2)

        /// Parses a URL: `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS with the system's
        /// certificate authorities or those in `SSL_CERT_FILE`, or `unix:///path?db=database`.
        public init(url: String) throws(RedisError) {
            location = try RedisLocation(url: url)
        }
    }

    private let executor = BlockingExecutor(label: "redis")
    private let configuration: Configuration
    private var connection: RedisConnection?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.forActor
    }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Creates a client that connects on first use. Throws if the URL is malformed.
    public init(url: String) throws(RedisError) {
        self.init(try Configuration(url: url))
    }

    public nonisolated func pipeline<each C: Command>(
        _ commands: repeat [each C]
    ) async throws(RedisError) -> (repeat [(each C).Reply]) {
        var request = Request()
        repeat request.add(each commands)
        var replies = Replies(try await exchange(request))
        return (repeat try replies.take(each commands))
    }

    /// Closes the connection. The next command opens a new one.
    public func close() {
        connection = nil
    }

    private func exchange(_ request: Request) throws(RedisError) -> [RedisValue] {
        guard !request.commands.isEmpty else { return [] }
        do throws(RedisError) {
            return try exchangeOnce(request.commands)
        } catch {
            let mayHelp = error.code == .connectionLost || error.serverWasDemoted
            guard mayHelp, request.isIdempotent else { throw error }
        }
        return try exchangeOnce(request.commands)
    }

    private func exchangeOnce(_ commands: [[String]]) throws(RedisError) -> [RedisValue] {
        let connection = try connected()
        defer { if !connection.isUsable { self.connection = nil } }
        let replies = try connection.exchange(commands, until: Deadline(after: configuration.commandTimeout))
        for case .error(let message) in replies {
            let error = RedisError(serverMessage: message)
            if error.serverWasDemoted { self.connection = nil }
            throw error
        }
        return replies
    }

    private func connected() throws(RedisError) -> RedisConnection {
        if let connection, !connection.isDead() { return connection }
        connection = nil
        let deadline = Deadline(after: configuration.connectTimeout)
        let new = try RedisConnection(to: configuration.location, until: deadline)
        connection = new
        return new
    }
}

/// The commands of a pipeline, collected list by list.
private struct Request {
    private(set) var commands: [[String]] = []
    /// Whether all commands are idempotent.
    private(set) var isIdempotent = true

    mutating func add<C: Command>(_ list: [C]) {
        for command in list { commands.append(command.arguments) }
        if !list.isEmpty, !C.isIdempotent { isIdempotent = false }
    }
}

/// The replies of a pipeline, taken list by list.
private struct Replies {
    private var remaining: ArraySlice<RedisValue>

    init(_ values: [RedisValue]) {
        remaining = values[...]
    }

    mutating func take<C: Command>(_ commands: [C]) throws(RedisError) -> [C.Reply] {
        var replies: [C.Reply] = []
        replies.reserveCapacity(commands.count)
        for value in remaining.prefix(commands.count) { replies.append(try C.decode(value)) }
        remaining = remaining.dropFirst(commands.count)
        return replies
    }
}
