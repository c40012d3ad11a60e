import BackingServices
import DevConsole
import Synchronization

/// The health checks of `/_local/health`.
final class Readiness: Sendable {
    private let isReady = Atomic<Bool>(false)
    private let dataStores: DataStores

    init(dataStores: DataStores) { self.dataStores = dataStores }

    /// Marks the runtime as ready for requests.
    func setReady() { isReady.store(true, ordering: .releasing) }

    @Sendable func report() async -> HealthReport {
        var checks = [HealthReport.Check(name: "runtime", isHealthy: isReady.load(ordering: .acquiring))]
        for (name, isRunning) in await dataStores.health() {
            checks.append(
                HealthReport.Check(name: name, isHealthy: isRunning, detail: isRunning ? nil : "It is restarting.")
            )
        }
        return HealthReport(checks: checks)
    }
}
