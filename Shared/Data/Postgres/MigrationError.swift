/// Why a schema could not be migrated. Migrations before the failed one stay applied.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case invalid, changed, databaseIsNewer, outOfOrder, failed }
        private let base: Base
        public var description: String { base.rawValue }

        /// A version is not positive, or two migrations have the same one.
        public static let invalid = Code(base: .invalid)
        /// A migration was changed after it had been applied.
        public static let changed = Code(base: .changed)
        /// The database has a migration that the code does not have.
        public static let databaseIsNewer = Code(base: .databaseIsNewer)
        /// The database lacks a migration although a later one was applied.
        public static let outOfOrder = Code(base: .outOfOrder)
        /// The database rejected a migration; see ``MigrationError/underlying``.
        public static let failed = Code(base: .failed)
    }

    public var code: Code
    public var message: String
    public var underlying: PostgresError?

    public init(_ code: Code, _ message: String, underlying: PostgresError? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String {
        "\(code): \(message)" + (underlying.map { " \($0)" } ?? "")
    }
}
