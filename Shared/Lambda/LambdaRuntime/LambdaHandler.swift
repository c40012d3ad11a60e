/// One Lambda function: what it depends on in its stored properties, what it does in one method.
public protocol LambdaHandler: Sendable {
    associatedtype Event: Decodable & Sendable
    associatedtype Output: Encodable & Sendable

    /// Answers one event. What it throws is reported to Lambda as an invocation error.
    func handle(_ event: Event, context: LambdaContext) async throws -> Output
}
