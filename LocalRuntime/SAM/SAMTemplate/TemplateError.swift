/// Why a template cannot be run, and what to change.
public struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// Neither YAML nor JSON.
        public static let malformed = Self(rawValue: "malformed")
        /// A section, property or function call that does not have the form it must have.
        public static let invalid = Self(rawValue: "invalid")
        /// A parameter without a value, or with one that its declaration does not allow.
        public static let parameter = Self(rawValue: "parameter")
        /// Something refers to what the template does not have.
        public static let missingReference = Self(rawValue: "missingReference")
        /// Resources, conditions or names that wait for each other.
        public static let circularReference = Self(rawValue: "circularReference")
        /// An `Fn::` that CloudFormation does not have.
        public static let unknownFunction = Self(rawValue: "unknownFunction")
        /// Two resources claim the same name or route.
        public static let conflict = Self(rawValue: "conflict")
    }

    public var code: Code
    /// One or two sentences that say what is wrong and what to change.
    public var message: String
    /// `Resources.SendMessage.Properties.Handler`; empty where the error is the whole template's.
    public var path: String
    /// Counted from 1.
    public var line: Int?

    public init(_ code: Code, _ message: String, path: String = "", line: Int? = nil) {
        self.code = code
        self.message = message
        self.path = path
        self.line = line
    }

    public var description: String {
        let place = [line.map { "line \($0)" }, path.isEmpty ? nil : path].compactMap(\.self)
        return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
    }
}
