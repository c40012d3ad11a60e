public import ChatCore

/// What one person may upload.
public struct UploadLimits: Sendable, Hashable {
    /// Files within the window.
    public var count: Int
    /// Bytes of these files together.
    public var bytes: Int64
    /// Bytes of one file.
    public var size: Int64
    /// Seconds that an upload counts for.
    public var window: Int

    /// More than S3's form uploads and parts together allow.
    static let largestSize: Int64 = 5 << 30

    public init(count: Int = 500, bytes: Int64 = 20 << 30, size: Int64 = 5 << 30, window: Int = 86_400) {
        self.count = count
        self.bytes = bytes
        self.size = min(size, Self.largestSize)
        self.window = window
    }

    /// Reads `FILE_LIMIT_COUNT`, `FILE_LIMIT_BYTES`, `FILE_LIMIT_SIZE` and `FILE_LIMIT_WINDOW`; what is not there is as
    /// in ``init(count:bytes:size:window:)``.
    public init(environment: Environment) throws(InvalidUploadLimit) {
        let standard = UploadLimits()
        func number(_ name: String, or standard: Int64) throws(InvalidUploadLimit) -> Int64 {
            guard let text = environment[name] else { return standard }
            guard let number = Int64(text), number > 0 else { throw InvalidUploadLimit(name: name) }
            return number
        }
        self.init(
            count: Int(try number("FILE_LIMIT_COUNT", or: Int64(standard.count))),
            bytes: try number("FILE_LIMIT_BYTES", or: standard.bytes),
            size: try number("FILE_LIMIT_SIZE", or: standard.size),
            window: Int(try number("FILE_LIMIT_WINDOW", or: Int64(standard.window)))
        )
    }
}

/// A function was started with a limit that is none.
public struct InvalidUploadLimit: LambdaError, Hashable, CustomStringConvertible {
    public let name: String

    public var errorMessage: String { "\(name) must be a whole number above zero." }
    public var description: String { errorMessage }
}
