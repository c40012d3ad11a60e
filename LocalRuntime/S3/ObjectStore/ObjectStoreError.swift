import EmulatorCore
import Glibc

/// Why an operation of the store was refused or failed.
public struct ObjectStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case noSuchBucket, bucketExists, bucketNotEmpty, noSuchKey, noSuchUpload, preconditionFailed
            case conditionalRequestConflict
            case invalidPart, invalidPartOrder, partTooSmall, checksumMismatch, storageFailed
        }
        private let base: Base
        public var description: String { base.rawValue }

        public static let noSuchBucket = Code(base: .noSuchBucket)
        public static let bucketExists = Code(base: .bucketExists)
        public static let bucketNotEmpty = Code(base: .bucketNotEmpty)
        public static let noSuchKey = Code(base: .noSuchKey)
        public static let noSuchUpload = Code(base: .noSuchUpload)
        /// The condition of a write does not hold. The message is the condition's header.
        public static let preconditionFailed = Code(base: .preconditionFailed)
        /// The condition of a write holds, but the object has changed since the write began. The message is the
        /// condition's header.
        public static let conditionalRequestConflict = Code(base: .conditionalRequestConflict)
        public static let invalidPart = Code(base: .invalidPart)
        public static let invalidPartOrder = Code(base: .invalidPartOrder)
        /// A part other than the last one is smaller than 5 MiB.
        public static let partTooSmall = Code(base: .partTooSmall)
        /// The parts of an upload do not have the checksum or size that the client states.
        public static let checksumMismatch = Code(base: .checksumMismatch)
        /// A file cannot be read or written.
        public static let storageFailed = Code(base: .storageFailed)
    }

    public var code: Code
    /// What happened, for the log.
    public var message: String

    public init(_ code: Code, _ message: String = "") {
        self.code = code
        self.message = message
    }

    /// The failure that `errno` names.
    static func system(_ action: String) -> ObjectStoreError {
        ObjectStoreError(.storageFailed, "\(action): \(String(cString: strerror(errno)).lowercased())")
    }

    init(_ action: String, _ error: PrivateFileError) {
        self.init(.storageFailed, "\(action): \(error)")
    }

    public var description: String { message.isEmpty ? code.description : "\(code): \(message)" }
}
