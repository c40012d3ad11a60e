public import Logging

/// An error that says itself what Lambda, and so the function's caller, is told of it.
///
/// Of any other error the caller learns the type's name only: descriptions are for the log.
public protocol LambdaError: Error {
    /// `Function.` or `Runtime.`, then letters of which the first is a capital; anything else counts as unknown.
    var errorType: String { get }
    /// Without secrets. Callers may look for exact words: API Gateway does for an authorizer's "Unauthorized".
    var errorMessage: String { get }
    /// How it is logged: as an error, unless it is the callers' everyday mistake.
    var logLevel: Logger.Level { get }
}

extension LambdaError {
    public var logLevel: Logger.Level { .error }

    /// The name of the type.
    public var errorType: String { ErrorReport.errorType(named: "\(Self.self)") }
}
