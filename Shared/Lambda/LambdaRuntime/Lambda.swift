import BlockingIO
import Glibc
import Logging

/// The entry point of a function.
public enum Lambda {
    /// Runs a function until Lambda stops it: builds the handler once, then handles one event after another.
    ///
    /// ```swift
    /// try await Lambda.run { EchoHandler() }
    /// ```
    /// If the handler cannot be built, an initialization error is reported and the process exits with status 1. If the
    /// Runtime API fails, a message is written to standard error and the process exits with status 1. On SIGTERM it
    /// finishes the current invocation and exits with status 0, as it does when the Runtime API goes away between
    /// invocations.
    /// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
    public static func run<Handler: LambdaHandler>(_ makeHandler: () async throws -> Handler) async throws {
        guard let address = Environment.process["AWS_LAMBDA_RUNTIME_API"] else {
            exit(
                "AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function, to be started by Lambda or LocalRuntime."
            )
        }
        NameService.useFilesAndDNS()
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
