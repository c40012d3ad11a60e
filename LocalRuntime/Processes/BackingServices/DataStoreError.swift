/// Why a private Postgres or Redis cannot be started.
public struct DataStoreError: Error, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        /// A program is not installed.
        public static let missingProgram = Code(name: "missingProgram")
        /// Another process uses the data directory.
        public static let directoryInUse = Code(name: "directoryInUse")
        /// The data directory cannot be created or written.
        public static let directoryUnusable = Code(name: "directoryUnusable")
        /// A server cannot be started, or did not become ready in time.
        public static let serverFailed = Code(name: "serverFailed")

        public var description: String { name }
    }

    public var code: Code
    /// One or two sentences: what failed and how to correct it.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
