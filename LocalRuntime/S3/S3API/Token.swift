import FoundationEssentials

/// Where a listing goes on, in a form that nobody is tempted to read.
enum Token {
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Nil for what is no token.
    static func decode(_ token: String) -> String? {
        Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
