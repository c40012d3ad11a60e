import FoundationEssentials
import Glibc
import LambdaRuntime
import Logging

/// Answers with its event, or misbehaves as the event requests. For tests of whole function processes.
struct EchoFunction: LambdaHandler {
    struct Event: Codable {
        var text: String
        var fails: Bool?
        /// The name of an environment variable whose value is the answer.
        var variable: String?
        var misbehavior: Misbehavior?
    }

    enum Misbehavior: String, Codable {
        case trap, exit, exitWithFailure, loop, tooLong
    }

    struct Failed: Error {}

    func handle(_ event: Event, context: LambdaContext) async throws -> Event {
        context.logger.info("Handling", metadata: ["text": "\(event.text)"])
        if event.fails == true { throw Failed() }
        if let variable = event.variable {
            // Read now, because the runtime changes the trace id with each event.
            return Event(text: ProcessInfo.processInfo.environment[variable] ?? "")
        }
        switch event.misbehavior {
        // Tests how a trap looks from outside.
        case .trap: fatalError("Trap requested.")
        case .exit: exit(0)
        case .exitWithFailure: exit(3)
        case .loop: while true {}
        // Lambda accepts at most 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        case .tooLong: return Event(text: String(repeating: "x", count: 7_000_000))
        case nil: return event
        }
    }
}

struct InitializationFailed: LambdaError {
    var errorMessage: String { "Failure requested." }
}

try await Lambda.run {
    // Lambda passes no arguments to a function, so there is a variable too.
    if CommandLine.arguments.contains("--fail") || Environment.process["FAILS_TO_START"] != nil {
        throw InitializationFailed()
    }
    return EchoFunction()
}
