import BackingServices
import LambdaHost
import ServiceLifecycle

/// Function processes and data stores, which stop after everything else.
struct BackendService: Service {
    let host: LambdaHost
    let dataStores: DataStores

    func run() async throws {
        try? await gracefulShutdown()
        await host.stop()
        await dataStores.stop()
    }
}
