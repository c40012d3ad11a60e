public import Logging

/// An error that defines what Lambda, and therefore the function's caller, sees of it.
///
/// For any other error the caller sees only the name of its type; the description goes to the log.
public protocol LambdaError: Error {
    /// `Function.` or `Runtime.`, then letters that start with a capital. Lambda reports anything else as unknown.
    var errorType: String { get }
    /// Must not contain secrets. Callers may depend on the exact text: API Gateway compares an authorizer's message
    /// with "Unauthorized".
    var errorMessage: String { get }
    /// The level to log the error at. The default is `error`; use a lower one for mistakes that callers make routinely.
    var logLevel: Logger.Level { get }
}

extension LambdaError {
    public var logLevel: Logger.Level { .error }

    /// The name of the type.
    public var errorType: String { ErrorReport.errorType(named: "\(Self.self)") }
}
