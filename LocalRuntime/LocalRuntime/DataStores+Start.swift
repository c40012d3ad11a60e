import BackingServices
import ChildProcesses
import Foundation

extension DataStores {
    /// Starts the data stores that the environment of this process does not name, and prints progress on the terminal.
    ///
    /// - Parameters:
    ///   - postgres: Whether to start a private Postgres if `DATABASE_URL` is not set.
    ///   - redis: Whether to start a private Redis if `REDIS_URL` is not set.
    static func start(
        dataDirectory: URL,
        postgres: Bool = true,
        redis: Bool = true,
        watchdog: Watchdog,
        terminal: Terminal
    ) async throws(StartFailure) -> DataStores {
        var stores: Set<Store> = []
        if postgres { stores.insert(.postgres) }
        if redis { stores.insert(.redis) }
        do throws(DataStoreError) {
            return try await start(
                stores,
                dataDirectory: dataDirectory.path,
                environment: Environment.variables,
                watchdog: watchdog,
                progress: { terminal.step($0) }
            )
        } catch {
            throw StartFailure("\(error)")
        }
    }
}
