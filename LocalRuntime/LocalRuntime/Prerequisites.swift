import BackingServices
import ChildProcesses
import DevConsole
import Foundation
import Logging
import SAMTemplate

/// What a run needs before its services can be built: bound ports, running data stores and the resolved template.
struct Prerequisites {
    let options: RunCommand
    let terminal: Terminal
    let watchdog: Watchdog
    let logger: Logger
    let listeners: Listeners
    let dataStores: DataStores
    let issuer: DevelopmentIssuer
    let credentials: LocalCredentials
    let application: Application
    /// `DATABASE_URL` of functions whose environment does not set it; nil if the template says which functions get it.
    let defaultDatabaseURL: String?
    let accountID: String
    let stackID: String

    var addresses: Addresses { listeners.addresses }

    /// - Throws: ``StartFailure`` if the template is invalid, a port is in use, or a database does not start.
    init(_ options: RunCommand, watchdog: Watchdog, terminal: Terminal) async throws {
        self.options = options
        self.terminal = terminal
        self.watchdog = watchdog
        var logger = Logger(label: "LocalRuntime") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        self.logger = logger
        let source = try TemplateSource(file: options.templateFile)
        accountID = source.accountID
        stackID = source.stackID(region: options.region)
        listeners = try await Listeners(options, logger)
        let dataDirectory = options.dataDirectory
        try DataFolder.create(dataDirectory)
        dataStores = try await DataStores.start(
            dataDirectory: dataDirectory,
            postgres: options.postgres,
            redis: options.redis,
            watchdog: watchdog,
            terminal: terminal
        )
        issuer = try await Self.issuer(listeners.addresses, dataDirectory)
        credentials = try LocalCredentials(dataDirectory: dataDirectory)
        defaultDatabaseURL = source.placesDatabaseURL ? nil : dataStores.databaseURL
        application = try source.resolve(options, listeners.addresses, dataStores, dataDirectory: dataDirectory)
    }

    private static func issuer(_ addresses: Addresses, _ dataDirectory: URL) async throws -> DevelopmentIssuer {
        do {
            return try await DevelopmentIssuer(url: addresses.issuer, dataDirectory: dataDirectory.path)
        } catch {
            throw StartFailure("\(error)")
        }
    }
}
