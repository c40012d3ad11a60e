public import ChildProcesses

/// The Postgres and the Redis of a run: those that `DATABASE_URL` and `REDIS_URL` name, and private servers otherwise.
///
/// Private servers listen on Unix sockets in a folder that only their user may enter, and keep their data from run to
/// run. If this process runs as root, they run as `postgres`, or as user 65534 where that user does not exist.
public final class DataStores: Sendable {
    public enum Store: String, Sendable, Hashable, CaseIterable {
        case postgres, redis
    }

    /// A URI for libpq; nil if Postgres was not requested.
    public let databaseURL: String?
    /// The same database for functions: as another user in a private server, which the template's migration creates.
    public let functionDatabaseURL: String?
    /// For a private server `unix:///…/redis.sock?db=0`; nil if Redis was not requested.
    public let redisURL: String?

    /// Nil if there are no private servers.
    private let directory: DataDirectory?
    private let servers: [Store: SupervisedServer]

    private init(
        databaseURL: String?,
        functionDatabaseURL: String?,
        redisURL: String?,
        directory: DataDirectory? = nil,
        servers: [Store: SupervisedServer] = [:]
    ) {
        self.databaseURL = databaseURL
        self.functionDatabaseURL = functionDatabaseURL
        self.redisURL = redisURL
        self.directory = directory
        self.servers = servers
    }

    /// Starts the private servers concurrently and returns when they accept requests.
    ///
    /// - Parameters:
    ///   - stores: The private servers to start, unless the environment names others.
    ///   - dataDirectory: Created if it does not exist. One process at a time can use it.
    ///   - environment: `DATABASE_URL`, `REDIS_URL`, and `PATH` for programs that are not in their usual place.
    ///   - progress: Called with a sentence for everything that takes long or fails, during the start and later.
    public static func start(
        _ stores: Set<Store> = Set(Store.allCases),
        dataDirectory: String,
        environment: [String: String],
        watchdog: Watchdog,
        progress: @escaping @Sendable (String) -> Void
    ) async throws(DataStoreError) -> DataStores {
        let environment = environment.filter { !$0.value.isEmpty }
        let (databaseURL, redisURL) = (environment["DATABASE_URL"], environment["REDIS_URL"])
        var missing = stores
        if databaseURL != nil { missing.remove(.postgres) }
        if redisURL != nil { missing.remove(.redis) }
        guard !missing.isEmpty else {
            return DataStores(databaseURL: databaseURL, functionDatabaseURL: databaseURL, redisURL: redisURL)
        }
        let directory = try DataDirectory(requested: dataDirectory)
        if let remark = directory.remark { progress(remark) }
        let launcher = Launcher(
            directory: directory,
            searchPath: environment["PATH"],
            watchdog: watchdog,
            progress: progress
        )
        async let database = launcher.postgres(if: missing.contains(.postgres))
        async let cache = launcher.redis(if: missing.contains(.redis))
        // Both are awaited before one can fail, so that the other one is stopped.
        let (postgres, redis) = await (database, cache)
        let started = [Store.postgres: try? postgres.get()?.server, .redis: try? redis.get()?.server]
        do throws(DataStoreError) {
            let (postgresServer, redisServer) = (try postgres.get(), try redis.get())
            return DataStores(
                databaseURL: databaseURL ?? postgresServer?.url,
                functionDatabaseURL: databaseURL ?? postgresServer?.functionURL,
                redisURL: redisURL ?? redisServer?.url,
                directory: directory,
                servers: started.compactMapValues { $0 }
            )
        } catch {
            for server in started.values { await server?.stop() }
            throw error
        }
    }

    /// Stops the private servers cleanly and returns when they are gone.
    public func stop() async {
        await withDiscardingTaskGroup { group in
            for server in servers.values { group.addTask { await server.stop() } }
        }
        directory?.removeSocketDirectory()
    }

    /// The private servers by name, and whether each runs; a server does not run while it is being restarted.
    public func health() async -> [(name: String, isRunning: Bool)] {
        var health: [(name: String, isRunning: Bool)] = []
        for store in servers.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            health.append((store.rawValue, await processID(of: store) != nil))
        }
        return health
    }

    /// The process of a private server; nil while it is being restarted.
    func processID(of store: Store) async -> Int32? {
        await servers[store]?.currentProcessID
    }
}

/// Starts private servers.
private struct Launcher: Sendable {
    typealias Outcome = Result<(server: SupervisedServer, url: String)?, DataStoreError>
    typealias PostgresOutcome = Result<(server: SupervisedServer, url: String, functionURL: String)?, DataStoreError>

    let directory: DataDirectory
    let searchPath: String?
    let watchdog: Watchdog
    let progress: @Sendable (String) -> Void

    func postgres(if isMissing: Bool) async -> PostgresOutcome {
        guard isMissing else { return .success(nil) }
        do throws(DataStoreError) {
            let postgres = try await PostgresServer(
                in: directory,
                searchPath: searchPath,
                watchdog: watchdog,
                progress: progress
            )
            return .success((try await start(postgres.plan), postgres.url, postgres.functionURL))
        } catch {
            return .failure(error)
        }
    }

    func redis(if isMissing: Bool) async -> Outcome {
        guard isMissing else { return .success(nil) }
        do throws(DataStoreError) {
            let redis = try await RedisServer(in: directory, searchPath: searchPath)
            return .success((try await start(redis.plan), redis.url))
        } catch {
            return .failure(error)
        }
    }

    private func start(_ plan: SupervisedServer.Plan) async throws(DataStoreError) -> SupervisedServer {
        let server = SupervisedServer(plan, watchdog: watchdog, progress: progress)
        try await server.start()
        return server
    }
}
