/// Why a form cannot be parsed.
public struct FormDataError: Error, Sendable, Hashable {
    public enum Code: String, Sendable {
        /// The content type is not `multipart/form-data` with a boundary, or the body does not follow it.
        case malformed
        /// The body ends before the closing boundary.
        case incomplete
        /// The fields before the file are over the limit.
        case fieldsTooLarge
        /// The form has no file.
        case withoutFile
    }

    public var code: Code
    /// A sentence for the client.
    public var message: String

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
