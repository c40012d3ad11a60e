import Foundation

/// The environment variables of this process.
enum Environment {
    static let variables = ProcessInfo.processInfo.environment

    /// The value of a variable; nil if it is unset or empty.
    static subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }
}
