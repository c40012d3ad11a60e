import BackingServices
import ChildProcesses
import Foundation

/// The Postgres and the Redis of a run: whichever the environment names, and private ones for the rest.
struct Databases: Sendable {
    let databaseURL: String?
    let redisURL: String?
    private let own: LocalServices?
    private let started: [LocalServices.Service]

    static func start(
        dataDirectory: URL,
        postgres: Bool = true,
        redis: Bool = true,
        watchdog: Watchdog,
        terminal: Terminal
    ) async throws(StartFailure) -> Databases {
        let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
        let given = (database: environment["DATABASE_URL"], redis: environment["REDIS_URL"])
        var wanted: Set<LocalServices.Service> = []
        if postgres, given.database == nil { wanted.insert(.postgres) }
        if redis, given.redis == nil { wanted.insert(.redis) }
        guard !wanted.isEmpty else {
            return Databases(databaseURL: given.database, redisURL: given.redis, own: nil, started: [])
        }
        do throws(LocalServicesError) {
            let own = try await LocalServices.start(
                dataDirectory: dataDirectory.path,
                watchdog: watchdog,
                wanted: wanted,
                searchPath: environment["PATH"],
                progress: { terminal.step($0) }
            )
            return Databases(
                databaseURL: given.database ?? own.databaseURL,
                redisURL: given.redis ?? own.redisURL,
                own: own,
                started: wanted.sorted { $0.rawValue < $1.rawValue }
            )
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// Which of the private servers run, by name.
    func health() async -> [(name: String, isRunning: Bool)] {
        var health: [(name: String, isRunning: Bool)] = []
        for service in started {
            health.append((service.rawValue, await own?.processID(of: service) != nil))
        }
        return health
    }

    func stop() async { await own?.stop() }
}
