public import ChildProcesses
public final class LocalServices: Sendable {
    public let databaseURL: String?
    public let redisURL: String?
    init(databaseURL: String?, redisURL: String?) { self.databaseURL = databaseURL; self.redisURL = redisURL }
    public static func start(dataDirectory: String, watchdog: Watchdog, databaseURL: String? = nil, redisURL: String? = nil, startsPostgres: Bool = true, startsRedis: Bool = true, progress: @escaping @Sendable (String) -> Void) async throws -> LocalServices { .init(databaseURL: databaseURL, redisURL: redisURL) }
    public func health() async -> [(String, Bool)] { [] }
    public func stop() async {}
}
