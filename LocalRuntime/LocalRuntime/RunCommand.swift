import ArgumentParser
import NIOCore

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a template until Ctrl-C (the default)."
    )

    @Option(help: "The template to run.")
    var template = "template.yaml"

    @Option(help: "Where the APIs and the console listen; 0 takes any free port.")
    var port = 3000

    @Option(help: "Where AWS services listen for functions; one above --port unless given, 0 takes any free port.")
    var servicesPort: Int?

    @Option(help: "The address to listen on. Anything but a loopback address opens it to your network.")
    var host = "127.0.0.1"

    @Option(
        help: "Where Postgres, Redis and the token issuer keep their data; .local beside the template unless given."
    )
    var dataDir: String?

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("A template parameter's value; may be repeated.", valueName: "NAME=VALUE")
    )
    var parameters: [Assignment] = []

    @Option(
        name: .customLong("environment"),
        help: ArgumentHelp("An environment variable for every function; may be repeated.", valueName: "NAME=VALUE")
    )
    var environment: [Assignment] = []

    @Option(help: "Where SwiftPM put the products that Handlers name; this program's own folder unless given.")
    var products: String?

    @Option(
        help: """
            Where unpacked Lambda packages are, each in a folder named by its function's logical id. Nothing else is \
            run then.
            """
    )
    var bundles: String?

    @Option(help: "The region that functions believe to be in.")
    var region = "us-east-1"

    @Option(help: "How many function processes there may be at most.")
    var maxProcesses = 64

    @Option(help: "Seconds after which an idle function process is stopped.")
    var idleTimeout = 600

    @Option(
        help: """
            Seconds before a failed asynchronous invocation is repeated; the second time it is twice as long. AWS \
            waits for 60 and 120.
            """
    )
    var retryDelay = 1

    @Flag(inversion: .prefixedNo, help: "Start a private Postgres, unless DATABASE_URL is set.")
    var postgres = true

    @Flag(inversion: .prefixedNo, help: "Start a private Redis, unless REDIS_URL is set.")
    var redis = true

    @Flag(help: "Do not print what functions log.")
    var quiet = false

    func validate() throws {
        for port in [port, servicesPort].compactMap({ $0 }) where !(0...65_535).contains(port) {
            throw ValidationError("A port is a number from 0 to 65535, not \(port).")
        }
        guard maxProcesses > 0 else { throw ValidationError("--max-processes is at least 1.") }
        guard idleTimeout > 0 else { throw ValidationError("--idle-timeout is at least 1.") }
        guard (0...21_600).contains(retryDelay) else { throw ValidationError("--retry-delay is 0 to 21600.") }
    }

    func run() async throws {
        // The functions, which do the work, need the other half. Each message also wakes fewer threads on its way.
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

/// `NAME=VALUE`
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

/// Why the run cannot start, as a sentence that says what to change.
struct StartFailure: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
