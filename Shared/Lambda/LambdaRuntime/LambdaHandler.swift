/// A Lambda function. The stored properties of a handler are the function's dependencies.
public protocol LambdaHandler: Sendable {
    associatedtype Event: Decodable & Sendable
    associatedtype Output: Encodable & Sendable

    /// Handles one event. A thrown error is reported to Lambda as an invocation error.
    func handle(_ event: Event, context: LambdaContext) async throws -> Output
}
