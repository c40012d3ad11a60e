import FoundationEssentials

/// The token that continues a listing: the last key, in base64 so that clients do not rely on it.
enum ContinuationToken {
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Nil for an invalid token.
    static func decode(_ token: String) -> String? {
        Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
