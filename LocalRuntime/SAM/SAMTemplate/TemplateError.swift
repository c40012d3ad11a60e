/// An error in a template.
public struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// The text is neither YAML nor JSON, or the file cannot be read.
        public static let malformed = Self(rawValue: "malformed")
        /// A section, property or function call has the wrong form.
        public static let invalid = Self(rawValue: "invalid")
        /// A parameter has no value, or one that its declaration does not allow.
        public static let parameter = Self(rawValue: "parameter")
        /// A reference has no target.
        public static let missingReference = Self(rawValue: "missingReference")
        /// Resources, conditions, names or files depend on each other.
        public static let circularReference = Self(rawValue: "circularReference")
        /// An intrinsic function does not exist or needs a transform.
        public static let unknownFunction = Self(rawValue: "unknownFunction")
        /// Two resources have the same name or route.
        public static let conflict = Self(rawValue: "conflict")
        /// The size, the nesting or the loops of the template exceed a limit.
        public static let limit = Self(rawValue: "limit")
    }

    public var code: Code
    /// One or two sentences: the cause, and what to change.
    public var message: String
    /// `Resources.SendMessage.Properties.Handler`; empty if the error concerns the whole template.
    public var path: String
    /// Counted from 1.
    public var line: Int?
    /// The template's file, relative to the outermost template, and the nested stack; nil for a template passed as text.
    public var file: String?

    public init(_ code: Code, _ message: String, path: String = "", line: Int? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.line = line
    }

    public var description: String {
        let place = [line.map { "line \($0)" }, path.isEmpty ? nil : path].compactMap(\.self)
        return [file, place.isEmpty ? nil : place.joined(separator: ", "), message].compactMap(\.self)
            .joined(separator: ": ")
    }
}
