import ArgumentParser
import Foundation
import HTTPListener
import NIOCore
import SAMTemplate

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a template until Ctrl-C (the default command)."
    )

    @Option(help: "The SAM or CloudFormation template to run.")
    var template = "template.yaml"

    @Option(help: "The port of the APIs and the console, 0 to 65535; 0 takes any free port.")
    var port = 3000

    @Option(
        help: """
            The port of the AWS services for functions, 0 to 65535; 0 takes any free port. (default: one above --port)
            """
    )
    var servicesPort: Int?

    @Option(help: "The address to listen on. With anything but a loopback address, your network can connect.")
    var host = "127.0.0.1"

    @Option(
        name: .customLong("allowed-host"),
        help: ArgumentHelp(
            """
            A host name under which clients may reach the APIs and the AWS services, in addition to loopback names and \
            --host. With a leading dot it includes all names below it. May be repeated.
            """,
            valueName: "NAME"
        )
    )
    var allowedHosts: [String] = []

    @Option(
        name: .customLong("console-origin"),
        help: ArgumentHelp(
            """
            An origin, such as http://localhost:5173, whose pages may get tokens from /_local/, in addition to the \
            console's own. May be repeated.
            """,
            valueName: "ORIGIN"
        )
    )
    var consoleOrigins: [TrustedOrigin] = []

    @Option(
        help: """
            The folder for the data of Postgres, Redis, S3, SQS and the token issuer. (default: .local next to the \
            template)
            """
    )
    var dataDir: String?

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("A template parameter's value. May be repeated.", valueName: "NAME=VALUE")
    )
    var parameters: [Assignment] = []

    @Option(
        name: .customLong("environment"),
        help: ArgumentHelp("An environment variable for every function. May be repeated.", valueName: "NAME=VALUE")
    )
    var environment: [Assignment] = []

    @Option(
        help: """
            The folder with the SwiftPM products that Handler properties name. (default: this program's folder)
            """
    )
    var products: String?

    @Option(
        help: """
            A folder with unpacked Lambda packages, each in a folder named by its function's logical id. Only these are \
            run then; CodeUri and --products are not used.
            """
    )
    var bundles: String?

    @Option(help: "The AWS region that functions and events see.")
    var region = "us-east-1"

    @Option(help: "The most function processes at a time, at least 1.")
    var maxProcesses = 64

    @Option(help: "Seconds after which an idle function process is stopped, at least 1.")
    var idleTimeout = 600

    @Option(
        help: """
            Seconds before the first retry of a failed asynchronous invocation, 0 to 21600; the second retry waits twice \
            as long. AWS waits 60 and 120 seconds.
            """
    )
    var retryDelay = 1

    @Flag(inversion: .prefixedNo, help: "Start a private Postgres unless DATABASE_URL is set.")
    var postgres = true

    @Flag(inversion: .prefixedNo, help: "Start a private Redis unless REDIS_URL is set.")
    var redis = true

    @Flag(help: "Do not print what functions log.")
    var quiet = false

    func validate() throws {
        for port in [port, servicesPort].compactMap({ $0 }) where !(0...65_535).contains(port) {
            throw ValidationError("A port must be a number from 0 to 65535, not \(port).")
        }
        for problem in environment.compactMap({ EnvironmentNames.problem(with: $0.name) }) {
            throw ValidationError("--environment: \(problem)")
        }
        guard maxProcesses > 0 else { throw ValidationError("--max-processes must be at least 1.") }
        guard idleTimeout > 0 else { throw ValidationError("--idle-timeout must be at least 1.") }
        guard (0...21_600).contains(retryDelay) else { throw ValidationError("--retry-delay must be 0 to 21600.") }
    }

    func run() async throws {
        // The function processes need the other cores. Fewer event loops also mean fewer thread switches per message.
        NIOSingletons.groupLoopCountSuggestion = max(1, System.coreCount / 2)
        let terminal = Terminal()
        defer { terminal.flush() }
        do {
            try await Runtime.run(self, terminal: terminal)
        } catch let failure as StartFailure {
            terminal.fail(failure.message)
            throw ExitCode.failure
        }
    }
}

extension RunCommand {
    /// The policy of both listeners.
    var requestPolicy: RequestPolicy {
        RequestPolicy(
            listeningHost: host,
            allowedHosts: allowedHosts,
            trustedOrigins: Set(consoleOrigins.map(\.origin))
        )
    }

    var templateFile: URL { URL(fileURLWithPath: template).standardizedFileURL }

    var dataDirectory: URL {
        dataDir.map { URL(fileURLWithPath: $0).standardizedFileURL }
            ?? templateFile.deletingLastPathComponent().appendingPathComponent(".local")
    }
}

/// An argument of the form `http://localhost:5173`.
struct TrustedOrigin: ExpressibleByArgument {
    let origin: PageOrigin

    init?(argument: String) {
        guard let origin = PageOrigin(argument) else { return nil }
        self.origin = origin
    }
}

/// An argument of the form `NAME=VALUE`.
struct Assignment: ExpressibleByArgument {
    var name: String
    var value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        name = String(parts[0])
        value = String(parts[1])
    }
}

/// Why a run cannot start, in a sentence that says what to change.
struct StartFailure: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
