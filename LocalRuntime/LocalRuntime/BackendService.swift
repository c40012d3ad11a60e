import LambdaHost
import ServiceLifecycle

/// Function processes and databases, which stop after everything else.
struct BackendService: Service {
    let host: LambdaHost
    let databases: Databases

    func run() async throws {
        try? await gracefulShutdown()
        await host.stop()
        await databases.stop()
    }
}
