import ChildProcesses
import Logging
import ServiceLifecycle
import UnixSignals

/// One run of a template, from start to Ctrl-C.
enum Runtime {
    static func run(_ options: RunCommand, terminal: Terminal) async throws {
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }
        let prerequisites = try await Prerequisites(options, watchdog: watchdog, terminal: terminal)
        let composition = try await Composition(prerequisites)
        composition.warn()
        composition.openAWSServices()
        try await serviceGroup(of: composition, logger: prerequisites.logger).run()
    }

    /// The services in the order in which they start. They stop in reverse order, so that each client's `$disconnect`
    /// still finds its function and its database.
    private static func serviceGroup(of composition: Composition, logger: Logger) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: composition.backend),
                .init(service: composition.objects),
                .init(service: composition.awsListener),
                .init(service: composition.publicListener),
                .init(service: composition.events),
                .init(service: composition.deployment, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: logger
        )
        // A service that hangs is abandoned; the watchdog ends the child processes when this process exits.
        configuration.maximumGracefulShutdownDuration = .seconds(15)
        return ServiceGroup(configuration: configuration)
    }
}
