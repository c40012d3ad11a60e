import AWSSignature
import Activity
import ChildProcesses
import DevConsole
import EmulatorCore
import EventSources
import Foundation
import GatewayCore
import HTTPGateway
import HTTPListener
import LambdaHost
import Logging
import NIOCore
import NIOPosix
import S3API
import SAMTemplate
import SQS
import ServiceLifecycle
import UnixSignals
import WebSocketGateway

/// One run: what is started, in which order, and how it is wired together.
enum Runtime {
    static func run(_ options: RunCommand, terminal: Terminal) async throws {
        let templateFile = URL(fileURLWithPath: options.template).standardizedFileURL
        let source = try TemplateSource(file: templateFile)
        let dataDirectory =
            options.dataDir.map { URL(fileURLWithPath: $0).standardizedFileURL }
            ?? templateFile.deletingLastPathComponent().appendingPathComponent(".local")
        var logger = Logger(label: "LocalRuntime") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning

        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }

        let (publicResponder, servicesResponder) = (DeferredResponder(), DeferredResponder())
        let frontListener = try await listen(options.host, options.port, "--port", publicResponder, logger)
        let servicesListener = try await listen(
            options.host,
            options.servicesPort ?? (options.port == 0 ? 0 : frontListener.port + 1),
            "--services-port",
            servicesResponder,
            logger
        )
        let addresses = Addresses(host: options.host, port: frontListener.port, servicesPort: servicesListener.port)

        let services = try await Databases.start(
            dataDirectory: dataDirectory,
            postgres: options.postgres,
            redis: options.redis,
            watchdog: watchdog,
            terminal: terminal
        )
        let issuer = try await issuer(addresses, dataDirectory)
        let application = try source.resolve(options, addresses, services, dataDirectory: dataDirectory)
        let queues = try QueueService.open(
            for: application,
            in: dataDirectory,
            accountID: source.accountID,
            region: options.region,
            url: addresses.services
        )

        let recorder = ActivityRecorder()
        let functions = application.functions.map { configuration(of: $0, options, templateFile) }
        for warning in application.unsupported.map(\.sentence) + functions.compactMap(missingExecutable) {
            terminal.warn(warning)
            recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: warning))
        }
        let hostOptions = hostOptions(options, application, addresses, services, terminal)
        let host = LambdaHost(
            functions: functions,
            options: hostOptions,
            activity: recorder,
            watchdog: watchdog,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            developerEnvironment: ProcessInfo.processInfo.environment
        )
        let events = try EventServices(
            of: application,
            accountID: source.accountID,
            options: options,
            queues: queues,
            host: host,
            recorder: recorder,
            terminal: terminal
        )
        let verifier = SignatureVerifier(credentials: LocalCredentials(host: hostOptions).lookUp)
        let webSocketGateways = application.webSocketAPIs.map { api in
            WebSocketGateway(
                api: api,
                region: options.region,
                accountID: source.accountID,
                invoker: host,
                recorder: recorder,
                logger: logger
            )
        }
        let tokens = TokenVerifiers()
        let httpGateways = application.httpAPIs.map { api in
            HTTPGateway(
                api: api,
                region: options.region,
                accountID: source.accountID,
                invoker: host,
                checkToken: tokens.check,
                recorder: recorder,
                logger: logger
            )
        }
        let objects = try await ObjectStorage.open(dataDirectory, application, destination: events.sink, logger)
        let management = ManagementAPI(gateways: webSocketGateways, verifier: verifier)
        let customResources = CustomResources()
        let readiness = Readiness(services: services)
        let information = RuntimeInfo(
            application,
            template: templateFile.lastPathComponent,
            addresses: addresses,
            functions: functions
        )
        servicesResponder.open(
            AWSServiceRouter(
                management: management,
                lambda: InvokeAPI(host: host, events: events.invoker),
                queues: SQSAPI(service: queues),
                verifier: verifier,
                customResources: customResources,
                objects: S3API(
                    store: objects.store,
                    credentials: verifier.credentials,
                    isDestination: events.sink.isDestination,
                    region: options.region,
                    accountID: source.accountID,
                    logger: logger
                )
            )
        )
        let publicRouter = PublicRouter(
            webSocketGateways: webSocketGateways,
            httpGateways: httpGateways,
            management: management,
            console: DevConsole(
                activity: recorder,
                invoker: host,
                issuer: issuer,
                trustedHosts: [options.host],
                info: { information },
                health: readiness.report,
                disconnect: { id in webSocketGateways.contains { $0.disconnect(id) } }
            )
        )
        var lifecycle = ServiceGroupConfiguration(
            services: [
                .init(service: Backend(host: host, services: services)),
                .init(service: objects),
                .init(service: ListenerService(listener: servicesListener, host: host)),
                .init(service: ListenerService(listener: frontListener, host: host)),
                .init(service: events),
                .init(
                    service: Deployment(
                        application: application,
                        gateways: webSocketGateways,
                        host: host,
                        customResources: customResources,
                        addresses: addresses,
                        stackID: source.stackID(region: options.region),
                        openPublicRouter: {
                            publicResponder.open(publicRouter)
                            events.open()
                            readiness.open()
                        },
                        terminal: terminal
                    ),
                    successTerminationBehavior: .gracefullyShutdownGroup
                ),
            ],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: logger
        )
        // Whatever hangs, the watchdog ends it when this process is gone.
        lifecycle.maximumGracefulShutdownDuration = .seconds(15)
        let group = ServiceGroup(configuration: lifecycle)
        try await group.run()
    }

    private static func listen(
        _ host: String,
        _ port: Int,
        _ option: String,
        _ responder: DeferredResponder,
        _ logger: Logger
    ) async throws -> HTTPListener {
        do {
            return try await HTTPListener.bind(host: host, port: port, responder: responder, logger: logger)
        } catch {
            let reason =
                (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
            throw StartFailure("Port \(port) of \(host) cannot be used: \(reason). Choose another with \(option).")
        }
    }

    private static func issuer(_ addresses: Addresses, _ dataDirectory: URL) async throws -> DevelopmentIssuer {
        do {
            try FileManager.default.createDirectory(at: dataDirectory, withIntermediateDirectories: true)
            return try await DevelopmentIssuer(url: addresses.issuer, dataDirectory: dataDirectory.path)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private static func configuration(
        of function: FunctionResource,
        _ options: RunCommand,
        _ templateFile: URL
    ) -> FunctionConfiguration {
        let folder = templateFile.deletingLastPathComponent()
        let code = URL(fileURLWithPath: function.codeURI ?? ".", relativeTo: folder).standardizedFileURL
        let bundle = options.bundles.map { URL(fileURLWithPath: $0).appendingPathComponent(function.logicalID) }
        let products =
            options.products.map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let packaged = (bundle ?? code).standardizedFileURL
        return FunctionConfiguration(
            name: function.name,
            logicalID: function.logicalID,
            arn: function.arn,
            handler: function.handler,
            executable: ExecutableSource(
                candidates: [packaged.appendingPathComponent("bootstrap").path]
                    + (bundle == nil ? [products.appendingPathComponent(function.handler).path] : [])
            ),
            taskRoot: packaged.path,
            environment: function.environment,
            timeout: function.timeout,
            memorySize: function.memorySize,
            reservedConcurrency: function.reservedConcurrency
        )
    }

    /// It may be built later, so it is no failure yet.
    private static func missingExecutable(of function: FunctionConfiguration) -> String? {
        let candidates = function.executable.candidates
        guard !candidates.contains(where: FileManager.default.isExecutableFile) else { return nil }
        return "\(function.name) has no executable yet; looked for \(candidates.joined(separator: " and "))"
    }

    private static func hostOptions(
        _ options: RunCommand,
        _ application: Application,
        _ addresses: Addresses,
        _ services: Databases,
        _ terminal: Terminal
    ) -> LambdaHost.Options {
        var host = LambdaHost.Options()
        host.region = options.region
        host.maximumProcesses = options.maxProcesses
        host.idleTimeout = options.idleTimeout
        host.baseEnvironment = ["AWS_ENDPOINT_URL": addresses.services]
        if let api = application.webSocketAPIs.first {
            host.baseEnvironment["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] =
                "\(addresses.services)/\(api.stage.name)"
        }
        host.baseEnvironment["DATABASE_URL"] = services.databaseURL
        host.baseEnvironment["REDIS_URL"] = services.redisURL
        for assignment in options.environment { host.baseEnvironment[assignment.name] = assignment.value }
        if !options.quiet { host.output = { terminal.log($0) } }
        return host
    }
}
