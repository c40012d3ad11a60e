import FoundationEssentials

/// Lambda's side of a runtime. Calls block: a runtime has one thing to do at a time, and nothing else to wait for.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
protocol RuntimeAPI {
    /// Waits for the next event, for hours if need be.
    func next() throws(RuntimeAPIError) -> Invocation
    func respond(to requestID: String, with response: Data) throws(RuntimeAPIError)
    func report(_ failure: ErrorReport, of requestID: String) throws(RuntimeAPIError)
    func reportInitializationFailure(_ failure: ErrorReport) throws(RuntimeAPIError)
}

/// One event, with what Lambda says about it.
struct Invocation {
    var requestID: String
    /// In milliseconds since the epoch.
    var deadline: Int64
    var invokedFunctionARN: String
    var traceID: String?
    /// JSON.
    var event: Data
}

/// Why the Runtime API cannot be used.
struct RuntimeAPIError: Error, Equatable {
    enum Code {
        /// It cannot be reached, or the connection broke in the middle of an exchange.
        case unreachable
        /// It went away while nothing was under way: Lambda has ended.
        case closed
        /// It answered something that is not HTTP, or not what is documented.
        case malformedResponse
        /// It refused what was posted, and goes on.
        case rejected
        /// It failed for good: "Non-recoverable state. Runtime should exit promptly."
        case failed
    }

    var code: Code
    var message: String

    init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
