import HTTPListener
import LambdaHost
import ServiceLifecycle

/// Serves one listener until shutdown.
struct ListenerService: Service {
    let listener: HTTPListener
    let host: LambdaHost

    /// Requests in progress, `$disconnect` included, have ``Deployment/functionGrace`` to finish after Ctrl-C, and never
    /// more than two seconds once this service stops.
    func run() async throws {
        await withTaskGroup { group in
            group.addTask {
                await cancelWhenGracefulShutdown { await listener.serve() }
            }
            group.addTask {
                do {
                    try await gracefulShutdown()
                    try await Task.sleep(for: .seconds(2))
                } catch {
                    return
                }
                await host.stop()
            }
            await group.next()
            group.cancelAll()
        }
    }
}
