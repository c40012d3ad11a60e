import FoundationEssentials

/// The Runtime API, from which a runtime gets events. Calls block, because a runtime does one thing at a time.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
protocol RuntimeAPI {
    /// Waits for the next event, without a time limit.
    func next() throws(RuntimeAPIError) -> Invocation
    func respond(to requestID: String, with response: Data) throws(RuntimeAPIError)
    func report(_ failure: ErrorReport, of requestID: String) throws(RuntimeAPIError)
    func reportInitializationFailure(_ failure: ErrorReport) throws(RuntimeAPIError)
}

/// One event and its metadata.
struct Invocation {
    var requestID: String
    /// In milliseconds since the Unix epoch.
    var deadline: Int64
    var invokedFunctionARN: String
    var traceID: String?
    /// JSON.
    var event: Data
}

/// A failure of the Runtime API.
struct RuntimeAPIError: Error, Equatable {
    enum Code {
        /// The API cannot be reached, or the connection broke during an exchange.
        case unreachable
        /// The connection was closed between invocations: Lambda has stopped the execution environment.
        case closed
        /// The response is not HTTP, or lacks a documented field.
        case malformedResponse
        /// The API rejected a request (status 4xx). Further requests are possible.
        case rejected
        /// The API is in a state that its documentation describes as "Non-recoverable state. Runtime should exit
        /// promptly."
        case failed
    }

    var code: Code
    var message: String

    init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
