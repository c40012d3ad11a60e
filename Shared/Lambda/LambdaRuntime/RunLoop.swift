import FoundationEssentials
import Logging

/// The loop of a custom Lambda runtime.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
struct RunLoop<API: RuntimeAPI> {
    enum Failure: Error {
        /// The handler could not be built. The failure has been reported to Lambda.
        case initializationFailed
        case apiFailed(RuntimeAPIError)
    }

    let api: API
    let logger: Logger
    /// Exposes the trace id of an invocation to libraries.
    let exportTraceID: (String?) -> Void

    /// Builds the handler and handles events until the Runtime API fails.
    func run<Handler: LambdaHandler>(_ makeHandler: () async throws -> Handler) async throws(Failure) -> Never {
        let handler = try await initialize(makeHandler)
        do {
            while true {
                let invocation = try api.next()
                exportTraceID(invocation.traceID)
                let context = LambdaContext(of: invocation, logger: logger)
                switch await outcome(of: invocation, context: context, handler: handler) {
                case .success(let response): try deliver(response, of: invocation, logger: context.logger)
                case .failure(let report): try api.report(report, of: invocation.requestID)
                }
            }
        } catch {
            throw .apiFailed(error)
        }
    }

    private func initialize<Handler: LambdaHandler>(
        _ makeHandler: () async throws -> Handler
    ) async throws(Failure) -> Handler {
        do {
            return try await makeHandler()
        } catch {
            logger.critical("Initialization failed", error: error)
            // Even if the report fails, there is nothing to run.
            try? api.reportInitializationFailure(ErrorReport(of: error))
            throw .initializationFailed
        }
    }

    private func outcome<Handler: LambdaHandler>(
        of invocation: Invocation,
        context: LambdaContext,
        handler: Handler
    ) async -> Result<Data, ErrorReport> {
        let event: Handler.Event
        do {
            event = try JSONDecoder().decode(Handler.Event.self, from: invocation.event)
        } catch {
            context.logger.error("The event cannot be decoded", metadata: ["reason": "\(CodingFailure(error))"])
            return .failure(.undecodableEvent(CodingFailure(error), type: Handler.Event.self))
        }
        let output: Handler.Output
        do {
            output = try await handler.handle(event, context: context)
        } catch {
            let level = (error as? any LambdaError)?.logLevel ?? .error
            context.logger.log(level: level, "The function failed", error: error)
            return .failure(ErrorReport(of: error))
        }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return .success(try encoder.encode(output))
        } catch {
            context.logger.error("The response cannot be encoded", error: error)
            return .failure(.unencodableResponse(type: Handler.Output.self))
        }
    }

    /// Sends a response. Lambda may reject it because it is too large or too late; the loop then continues.
    private func deliver(_ response: Data, of invocation: Invocation, logger: Logger) throws(RuntimeAPIError) {
        do {
            try api.respond(to: invocation.requestID, with: response)
        } catch {
            guard error.code == .rejected else { throw error }
            logger.error(
                "Lambda refused the response",
                metadata: ["reason": "\(error.message)", "bytes": "\(response.count)"]
            )
        }
    }
}

extension LambdaContext {
    fileprivate init(of invocation: Invocation, logger: Logger) {
        var logger = logger
        logger[metadataKey: "requestId"] = "\(invocation.requestID)"
        self.init(
            requestID: invocation.requestID,
            deadline: invocation.deadline,
            invokedFunctionARN: invocation.invokedFunctionARN,
            traceID: invocation.traceID,
            logger: logger
        )
    }
}
