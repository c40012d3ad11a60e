import FoundationEssentials
import LambdaRuntime
import Logging

/// Answers with its event, or does what the event asks for: what tests of a whole function process need.
struct EchoFunction: LambdaHandler {
    struct Event: Codable {
        var text: String
        var fails: Bool?
        /// An environment variable to answer with instead.
        var variable: String?
    }

    struct Failed: Error {}

    func handle(_ event: Event, context: LambdaContext) async throws -> Event {
        context.logger.info("Handling", metadata: ["text": "\(event.text)"])
        if event.fails == true { throw Failed() }
        if let variable = event.variable {
            return Event(text: ProcessInfo.processInfo.environment[variable] ?? "")
        }
        return event
    }
}

struct InitializationFailed: LambdaError {
    var errorMessage: String { "Told to fail." }
}

try await Lambda.run {
    if CommandLine.arguments.contains("--fail") { throw InitializationFailed() }
    return EchoFunction()
}
