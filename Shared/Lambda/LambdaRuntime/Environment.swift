import FoundationEssentials

/// Environment variables, which are a function's configuration. This is the only place where functions read them.
public struct Environment: Sendable {
    private let values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    /// The variables of this process, read once.
    public static let process = Environment(ProcessInfo.processInfo.environment)

    /// The value of an optional variable. An empty value counts as absent, because a template cannot omit a variable.
    public subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of a variable that the function cannot start without.
    public func required(_ name: String) throws(MissingVariable) -> String {
        guard let value = self[name] else { throw MissingVariable(name: name) }
        return value
    }
}

/// A required environment variable is not set, or is empty.
public struct MissingVariable: LambdaError, Hashable, CustomStringConvertible {
    public let name: String

    public init(name: String) { self.name = name }

    public var errorMessage: String { "The environment variable \(name) is not set." }
    public var description: String { errorMessage }
}
