import EmulatorCore

/// Why a journal cannot be opened or written.
public struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Sendable, Hashable {
        private enum Base { case inUse, damaged, replaced, unencodable, system }
        private let base: Base

        /// Another process has the journal open.
        public static let inUse = Code(base: .inUse)
        /// A complete record cannot be read. Nothing was changed.
        public static let damaged = Code(base: .damaged)
        /// The file was removed or replaced after the journal was opened.
        public static let replaced = Code(base: .replaced)
        /// The codec failed to encode a record. Nothing was written.
        public static let unencodable = Code(base: .unencodable)
        /// A system call failed.
        public static let system = Code(base: .system)
    }

    public var code: Code
    /// A sentence for the log, with the file's path.
    public var description: String

    static func inUse(_ path: String) -> JournalError {
        JournalError(code: .inUse, description: "\(path) is in use by another process")
    }

    static func damaged(_ path: String, record: Int) -> JournalError {
        JournalError(code: .damaged, description: "\(path) is damaged at record \(record)")
    }

    static func replaced(_ path: String) -> JournalError {
        JournalError(code: .replaced, description: "\(path) was removed or replaced while it was open")
    }

    static func unencodable(_ path: String, _ error: any Error) -> JournalError {
        JournalError(code: .unencodable, description: "A record of \(path) cannot be encoded: \(error)")
    }

    static func opening(_ error: PrivateFileError) -> JournalError {
        JournalError(code: .system, description: "Opening \(error)")
    }

    static func system(_ action: String, _ path: String, _ error: any Error) -> JournalError {
        JournalError(code: .system, description: "\(action) \(path): \(error)")
    }
}
