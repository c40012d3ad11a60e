public import ChatCore
public import Testing

/// Expects a body to throw a ``ChatError`` with a code and optionally a message.
public func expectRefusal(
    _ code: ChatError.Code,
    _ message: String? = nil,
    at location: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    let error = await #expect(throws: ChatError.self, sourceLocation: location) { try await body() }
    #expect(error?.code == code, sourceLocation: location)
    if let message { #expect(error?.message == message, sourceLocation: location) }
}

public let conversation: ConversationID = "0193513e-5e2a-7c3d-8f00-0123456789ab"
public let sentAt = Timestamp(microseconds: 1_795_293_556_123_456)

extension UUIDIdentifier {
    /// An identifier in a test's source. An invalid one is a fatal error.
    public init(stringLiteral text: String) {
        guard let identifier = Self(text) else { preconditionFailure("\(text) is not a UUID") }
        self = identifier
    }
}

extension ConversationID: ExpressibleByStringLiteral {}
extension MessageID: ExpressibleByStringLiteral {}
