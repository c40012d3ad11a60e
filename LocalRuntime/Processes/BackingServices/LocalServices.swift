public import ChildProcesses
import Glibc

/// A private Postgres and a private Redis, for as long as the runtime runs.
///
/// Both listen on Unix sockets in a folder that only their user may enter. Their data stays from run to run. As root
/// they run as `postgres`, or as `nobody` where there is no such user.
public final class LocalServices: Sendable {
    /// One of the servers.
    public enum Service: String, Sendable, Hashable, CaseIterable {
        case postgres, redis
    }

    /// Where the database is: a URI as libpq reads it. Nil if Postgres was not wanted.
    public let databaseURL: String?
    /// Where Redis is: `unix:///…/redis.sock?db=0`. Nil if it was not wanted.
    public let redisURL: String?
    /// Where the data is, which as root need not be where it was asked for.
    public let dataDirectory: String

    private let directory: DataDirectory
    private let servers: [Service: Server]

    private init(directory: DataDirectory, servers: [Service: Server], databaseURL: String?, redisURL: String?) {
        self.directory = directory
        self.dataDirectory = directory.path
        self.servers = servers
        self.databaseURL = databaseURL
        self.redisURL = redisURL
    }

    /// Starts the servers side by side and waits until they take requests.
    ///
    /// - Parameters:
    ///   - dataDirectory: Made if need be; one runtime at a time may use it.
    ///   - wanted: Which servers.
    ///   - searchPath: `PATH`, where programs are looked for that are not in their usual place.
    ///   - progress: Told in a sentence of anything that takes long or goes wrong, then and later.
    public static func start(
        dataDirectory: String,
        watchdog: Watchdog,
        wanted: Set<Service> = Set(Service.allCases),
        searchPath: String? = nil,
        progress: @escaping @Sendable (String) -> Void
    ) async throws(LocalServicesError) -> LocalServices {
        let directory = try DataDirectory(requested: dataDirectory)
        if let remark = directory.remark { progress(remark) }
        async let database = Self.postgres(
            wanted.contains(.postgres),
            in: directory,
            searchPath: searchPath,
            watchdog: watchdog,
            progress: progress
        )
        async let cache = Self.redis(
            wanted.contains(.redis),
            in: directory,
            searchPath: searchPath,
            watchdog: watchdog,
            progress: progress
        )
        // Neither is left behind when the other one fails.
        let (postgres, redis) = await (database, cache)
        let started = [Service.postgres: try? postgres.get()?.server, .redis: try? redis.get()?.server]
        do {
            return LocalServices(
                directory: directory,
                servers: started.compactMapValues { $0 },
                databaseURL: try postgres.get()?.url,
                redisURL: try redis.get()?.url
            )
        } catch {
            for server in started.values { await server?.stop() }
            throw error
        }
    }

    /// Stops one server as it should be stopped, and starts it again.
    public func restart(_ service: Service) async throws(LocalServicesError) {
        try await servers[service]?.restart()
    }

    /// Stops the servers and waits for their end; nothing is left to recover.
    public func stop() async {
        await withDiscardingTaskGroup { group in
            for server in servers.values { group.addTask { await server.stop() } }
        }
        directory.removeSocketDirectory()
    }

    /// A server's process; nil while it is being started again.
    public func processID(of service: Service) async -> Int32? {
        await servers[service]?.currentProcessID
    }

    private typealias Started = Result<(server: Server, url: String)?, LocalServicesError>

    private static func postgres(
        _ isWanted: Bool,
        in directory: DataDirectory,
        searchPath: String?,
        watchdog: Watchdog,
        progress: @escaping @Sendable (String) -> Void
    ) async -> Started {
        guard isWanted else { return .success(nil) }
        do {
            let postgres = try await PostgresServer(
                in: directory,
                searchPath: searchPath,
                watchdog: watchdog,
                progress: progress
            )
            let server = Server(postgres.plan, watchdog: watchdog, progress: progress)
            try await server.start()
            return .success((server, postgres.url))
        } catch {
            return .failure(error)
        }
    }

    private static func redis(
        _ isWanted: Bool,
        in directory: DataDirectory,
        searchPath: String?,
        watchdog: Watchdog,
        progress: @escaping @Sendable (String) -> Void
    ) async -> Started {
        guard isWanted else { return .success(nil) }
        do {
            let redis = try await RedisServer(in: directory, searchPath: searchPath)
            let server = Server(redis.plan, watchdog: watchdog, progress: progress)
            try await server.start()
            return .success((server, redis.url))
        } catch {
            return .failure(error)
        }
    }
}
