import BlockingIO
import Glibc
import Logging

/// The entry point of a function.
public enum Lambda {
    /// Runs a function until Lambda stops it: builds the handler once, then answers one event after the other.
    ///
    /// ```swift
    /// try await Lambda.run { EchoHandler() }
    /// ```
    /// Whatever goes wrong is reported and ends the process with status 1: a handler that cannot be built as an
    /// initialization error, a Runtime API that misbehaves with a sentence on standard error. It ends with status 0 on
    /// SIGTERM, after the invocation that is under way, and when the Runtime API goes away between invocations.
    /// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
    public static func run<Handler: LambdaHandler>(_ makeHandler: () async throws -> Handler) async throws {
        guard let address = Environment.process["AWS_LAMBDA_RUNTIME_API"] else {
            exit(
                "AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function, to be started by Lambda or LocalRuntime."
            )
        }
        Termination.deferUntilIdle()
        BlockingExecutor.useMainThread()
        let logLevel = Logger.Level(environment: .process)
        LoggingSystem.bootstrap { _ in JSONLogHandler(logLevel: logLevel) }

        let runLoop = RunLoop(
            api: HTTPRuntimeAPI(address: address),
            logger: Logger(label: "Lambda"),
            exportTraceID: TraceVariable().set
        )
        do {
            try await runLoop.run(makeHandler)
        } catch {
            switch error {
            case .initializationFailed: Glibc.exit(1)
            case .apiFailed(let reason) where reason.code == .closed: Glibc.exit(0)
            case .apiFailed(let reason): exit("The Lambda Runtime API at \(address) failed: \(reason.message)")
            }
        }
    }

    private static func exit(_ message: String) -> Never {
        let line = Array("\(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        Glibc.exit(1)
    }
}
