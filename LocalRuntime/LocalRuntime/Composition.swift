import AWSRequests
import Activity
import DevConsole
import EmulatorCore
import EventSources
import Foundation
import LambdaHost
import Logging
import NIOPosix
import S3API
import SAMTemplate
import SQS
import WebSocketGateway

/// Builds and connects everything that a run consists of.
struct Composition {
    private let run: Prerequisites
    private let recorder = ActivityRecorder()
    private let customResources = CustomResources()
    private let functions: [FunctionConfiguration]
    private let host: LambdaHost
    private let verifier: RequestVerifier
    private let queues: QueueService
    private let gateways: Gateways
    private let readiness: Readiness
    let events: EventServices
    let objects: ObjectStoreService

    /// Builds the services. It starts none of them and answers no requests.
    ///
    /// - Throws: ``StartFailure`` if stored queues, events or objects cannot be used.
    init(_ run: Prerequisites) async throws {
        self.run = run
        let (options, application, accountID) = (run.options, run.application, run.accountID)
        try await CodePackage.unpackAll(of: application, options, watchdog: run.watchdog)
        functions = application.functions.map {
            FunctionConfiguration($0, options, templateFile: options.templateFile)
        }
        if let path = functions.lazy.compactMap(\.executable.withoutPermission).first {
            throw StartFailure("\(path) is not executable, so Lambda could not start it. Run: chmod +x \(path)")
        }
        var hostOptions = LambdaHost.Options(run)
        run.credentials.apply(to: &hostOptions)
        host = LambdaHost(
            functions: functions,
            options: hostOptions,
            activity: recorder,
            watchdog: run.watchdog,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            developerEnvironment: Environment.variables
        )
        verifier = run.credentials.verifier
        queues = try QueueService.open(
            for: application,
            in: options.dataDirectory,
            accountID: accountID,
            region: options.region,
            url: run.addresses.services
        )
        events = try EventServices(
            of: application,
            accountID: accountID,
            options: options,
            queues: queues,
            host: host,
            recorder: recorder,
            terminal: run.terminal
        )
        objects = try await ObjectStoreService.open(
            options.dataDirectory,
            application,
            destination: events.router,
            run.logger
        )
        gateways = Gateways(
            of: application,
            region: options.region,
            accountID: accountID,
            invoker: host,
            verifier: verifier,
            recorder: recorder,
            logger: run.logger
        )
        readiness = Readiness(dataStores: run.dataStores)
    }

    // MARK: Services

    var backend: BackendService { BackendService(host: host, dataStores: run.dataStores) }

    var awsListener: ListenerService { ListenerService(listener: run.listeners.aws, host: host) }

    var publicListener: ListenerService { ListenerService(listener: run.listeners.public, host: host) }

    var deployment: Deployment {
        let (router, responder) = (publicRouter, run.listeners.publicResponder)
        return Deployment(
            application: run.application,
            gateways: gateways.webSocket,
            host: host,
            customResources: customResources,
            addresses: run.addresses,
            credentialsFile: run.credentials.file,
            region: run.options.region,
            stackID: run.stackID,
            didDeploy: {
                responder.set(router)
                events.open()
                readiness.setReady()
            },
            terminal: run.terminal
        )
    }

    /// Answers requests to AWS services from now on. The custom resources' functions may need them, so this comes before
    /// the deployment.
    func openAWSServices() { run.listeners.awsResponder.set(awsServiceRouter) }

    // MARK: Routers

    private var awsServiceRouter: AWSServiceRouter {
        AWSServiceRouter(
            connections: gateways.connections,
            lambda: InvokeAPI(host: host, events: events.invoker),
            queues: SQSAPI(service: queues),
            objects: S3API(
                store: objects.store,
                verifier: verifier,
                isDestination: events.router.isDestination,
                region: run.options.region,
                accountID: run.accountID,
                logger: run.logger
            ),
            customResources: customResources,
            verifier: verifier,
            policy: run.options.requestPolicy
        )
    }

    private var publicRouter: PublicRouter {
        let information = RuntimeInfo(
            run.application,
            template: run.options.templateFile.lastPathComponent,
            addresses: run.addresses,
            functions: functions,
            credentials: run.credentials.information
        )
        let webSocketGateways = gateways.webSocket
        let console = DevConsole(
            activity: recorder,
            invoker: host,
            issuer: run.issuer,
            policy: run.options.requestPolicy,
            info: { information },
            health: readiness.report,
            disconnect: { id in webSocketGateways.contains { $0.disconnect(id) } }
        )
        return PublicRouter(
            webSocketGateways: webSocketGateways,
            httpGateways: gateways.http,
            connections: gateways.connections,
            console: console,
            policy: run.options.requestPolicy
        )
    }

    // MARK: Warnings

    /// Reports what the template uses and the runtime does not emulate, and functions without an executable.
    func warn() {
        for warning in run.application.unsupported.map(\.sentence) + functions.compactMap(\.missingExecutable) {
            run.terminal.warn(warning)
            recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: warning))
        }
    }
}
