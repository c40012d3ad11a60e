import DevConsole
import Foundation
import HTTPListener
import LambdaHost
import SAMTemplate
import ServiceLifecycle
import Synchronization
import WebSocketGateway

/// Function processes and databases: the last to go.
struct Backend: Service {
    let host: LambdaHost
    let services: Databases

    func run() async throws {
        try? await gracefulShutdown()
        await host.stop()
        await services.stop()
    }
}

struct ListenerService: Service {
    let listener: HTTPListener
    let host: LambdaHost

    /// On Ctrl-C functions have two seconds to end what they are doing, `$disconnect` among it.
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

/// Brings the template's own part to life, and is the first to go, so that every client's `$disconnect` still finds
/// its function and its database.
struct Deployment: Service {
    let application: Application
    let gateways: [WebSocketGateway]
    let host: LambdaHost
    let customResources: CustomResources
    let addresses: Addresses
    let stackID: String
    let openPublicRouter: @Sendable () -> Void
    let terminal: Terminal

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await createCustomResources()
            openPublicRouter()
            announce()
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(5))
                for gateway in gateways { gateway.closeExpired() }
            }
        }
        terminal.say("")
        terminal.step("Stopping")
        for gateway in gateways { gateway.stop() }
        let deadline = ContinuousClock.now + .seconds(3)
        while gateways.contains(where: { $0.connectionCount > 0 }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func createCustomResources() async {
        for resource in application.customResources {
            do {
                try await customResources.create(
                    resource,
                    servicesURL: addresses.services,
                    stackID: stackID,
                    invoker: host
                )
                terminal.step("Created \(resource.logicalID)")
            } catch {
                terminal.fail("\(error)")
            }
        }
    }

    private func announce() {
        let functions = application.functions.count
        terminal.step("Ready with \(functions) \(functions == 1 ? "function" : "functions")")
        for (index, api) in application.webSocketAPIs.enumerated() {
            terminal.say("    WebSocket API  \(addresses.webSocket(api, isFirst: index == 0))")
        }
        for (index, api) in application.httpAPIs.enumerated() {
            terminal.say("    HTTP API       \(addresses.http(api, isFirst: index == 0))")
        }
        terminal.say("    AWS services   \(addresses.services)/")
        terminal.say("    Console        \(addresses.console)")
        terminal.step("Listening on http://\(addresses.front)/ (Ctrl-C stops)")
    }
}

/// Whether everything answers, for `/_local/health`.
final class Readiness: Sendable {
    private let isOpen = Atomic<Bool>(false)
    private let services: Databases

    init(services: Databases) { self.services = services }

    func open() { isOpen.store(true, ordering: .releasing) }

    @Sendable func report() async -> HealthReport {
        var checks = [
            HealthReport.Check(name: "runtime", isHealthy: isOpen.load(ordering: .acquiring))
        ]
        for (name, isRunning) in await services.health() {
            checks.append(
                HealthReport.Check(name: name, isHealthy: isRunning, detail: isRunning ? nil : "It is being restarted.")
            )
        }
        return HealthReport(checks: checks)
    }
}
