import FoundationEssentials
public import LambdaRuntime

/// The configuration of a function: environment variables, as its template sets them.
public struct Environment: Sendable {
    private let values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    /// The variables of this process.
    public static let process = Environment(ProcessInfo.processInfo.environment)

    /// An optional variable; one that is empty counts as absent, because a template cannot leave one out.
    public subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A variable that the function cannot start without.
    public func required(_ name: String) throws(MissingVariable) -> String {
        guard let value = self[name] else { throw MissingVariable(name: name) }
        return value
    }
}

/// A function was started without a variable that it needs.
public struct MissingVariable: LambdaError, Equatable, CustomStringConvertible {
    public let name: String

    public init(name: String) { self.name = name }

    public var errorMessage: String { "The environment variable \(name) is not set." }
    public var description: String { errorMessage }
}
