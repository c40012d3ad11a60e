import BlockingIO

/// The live ``RedisStore``: one connection, opened on first use, used by one task at a time and kept.
///
/// A connection that the server has closed in the meantime is replaced in silence. It speaks to one server: not a
/// client of Redis Cluster.
public actor RedisClient: RedisStore {
    /// Where the server is and how long to wait for it.
    public struct Configuration: Sendable {
        let location: RedisLocation
        /// For one attempt to connect, TLS included, without the time to resolve the host's name.
        public var connectTimeout = Duration.seconds(2)
        /// For one round trip.
        public var commandTimeout = Duration.seconds(2)

        /// Reads a URL: `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS with the system's
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

    /// Creates a client that connects on first use; fails if the URL cannot be read.
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

    /// Closes the connection; the next command opens another.
    public func close() {
        connection = nil
    }

    private func exchange(_ request: Request) throws(RedisError) -> [RedisValue] {
        guard !request.commands.isEmpty else { return [] }
        do throws(RedisError) {
            return try exchangeOnce(request.commands)
        } catch {
            let mayHelp = error.code == .connectionLost || error.saysThatServerWasDemoted
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
            if error.saysThatServerWasDemoted { self.connection = nil }
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

/// The commands of a pipeline, list after list.
private struct Request {
    private(set) var commands: [[String]] = []
    /// Whether every command is.
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
