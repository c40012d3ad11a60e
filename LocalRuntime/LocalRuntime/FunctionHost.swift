import BackingServices
import Foundation
import LambdaHost
import SAMTemplate

extension FunctionConfiguration {
    /// A function of the template, with the paths at which `run` looks for its executable.
    init(_ function: FunctionResource, _ options: RunCommand, templateFile: URL) {
        let folder = templateFile.deletingLastPathComponent()
        let code = URL(fileURLWithPath: function.codeURI ?? ".", relativeTo: folder).standardizedFileURL
        let bundle = options.bundles.map { URL(fileURLWithPath: $0).appendingPathComponent(function.logicalID) }
        let unpacked = CodePackage(function, at: code, options)?.folder
        let taskRoot = (bundle ?? unpacked ?? code).standardizedFileURL
        var candidates = [taskRoot.appendingPathComponent("bootstrap").path]
        if bundle == nil, unpacked == nil {
            candidates.append(Self.products(options).appendingPathComponent(function.handler).path)
        }
        self.init(
            name: function.name,
            logicalID: function.logicalID,
            arn: function.arn,
            handler: function.handler,
            executable: ExecutableSource(
                candidates: candidates,
                problem: function.codeProblem.map { "\(function.name) is not run: \($0)" }
            ),
            taskRoot: taskRoot.path,
            environment: function.environment,
            timeout: function.timeout,
            memorySize: function.memorySize,
            reservedConcurrency: function.reservedConcurrency
        )
    }

    private static func products(_ options: RunCommand) -> URL {
        options.products.map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// A warning that the function has no executable; nil if it has one. It may be built while the runtime is running.
    var missingExecutable: String? {
        if let problem = executable.problem { return "\(problem); every invocation fails." }
        guard !executable.candidates.contains(where: FileManager.default.isExecutableFile) else { return nil }
        return "\(name) has no executable yet; looked for \(executable.candidates.joined(separator: " and "))"
    }
}

extension LambdaHost.Options {
    init(_ run: Prerequisites) {
        self.init()
        let (options, addresses, terminal) = (run.options, run.addresses, run.terminal)
        region = options.region
        maximumProcesses = options.maxProcesses
        idleTimeout = options.idleTimeout
        baseEnvironment = ["AWS_ENDPOINT_URL": addresses.services]
        if let api = run.application.webSocketAPIs.first {
            baseEnvironment["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = "\(addresses.services)/\(api.stage.name)"
        }
        baseEnvironment["DATABASE_URL"] = run.defaultDatabaseURL
        baseEnvironment["REDIS_URL"] = run.dataStores.redisURL
        for assignment in options.environment { baseEnvironment[assignment.name] = assignment.value }
        if !options.quiet { output = { terminal.log($0) } }
    }
}
