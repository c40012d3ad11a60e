/// Why the private Postgres or Redis is not there.
public struct LocalServicesError: Error, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        /// A program is not installed.
        public static let missingProgram = Code(name: "missingProgram")
        /// Another process uses the data directory.
        public static let directoryInUse = Code(name: "directoryInUse")
        /// The data directory cannot be made or written.
        public static let directoryUnusable = Code(name: "directoryUnusable")
        /// A server does not start, or not in time.
        public static let serverFailed = Code(name: "serverFailed")

        public var description: String { name }
    }

    public var code: Code
    /// What is wrong and what to do, in a sentence or two.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
