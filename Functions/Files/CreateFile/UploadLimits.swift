import ChatCore
import ChatStore

/// What one user may upload. An announced file counts until it expires, a confirmed one for the length of the window.
struct UploadLimits: Sendable, Hashable {
    /// Files within the window.
    var count: Int
    /// Bytes of these files together.
    var bytes: Int64
    /// Bytes of one file.
    var size: Int64
    /// How long a confirmed file counts, in seconds.
    var window: Int

    /// The largest file that a connection of 2 Mbit/s can upload while the URLs of its parts are valid, in bytes.
    static let largestSize: Int64 = 5 << 30

    init(count: Int = 500, bytes: Int64 = 20 << 30, size: Int64 = 5 << 30, window: Int = 86_400) {
        self.count = count
        self.bytes = bytes
        self.size = min(size, bytes, Self.largestSize)
        self.window = window
    }

    /// Reads `FILE_LIMIT_COUNT`, `FILE_LIMIT_BYTES`, `FILE_LIMIT_SIZE` and `FILE_LIMIT_WINDOW`. A variable that is not
    /// set has the default of ``init(count:bytes:size:window:)``.
    init(environment: Environment) throws(InvalidUploadLimit) {
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

extension UploadLimits {
    /// Throws `too_large` for a file above the limit for a single file, which waiting would not help.
    func require(size: Int64) throws(ChatError) {
        guard size <= self.size else {
            throw ChatError(.tooLarge, "`size` must be at most \(self.size) bytes.")
        }
    }
}

extension ChatError {
    /// The error for a user whose files have reached the limits.
    static func uploadLimitReached(retryAfter seconds: Int) -> ChatError {
        ChatError(
            .rateLimited,
            "You have uploaded as much as is allowed for now; try again in \(words(for: seconds)).",
            retryAfter: seconds
        )
    }

    /// The error for a user who announces more files at the same time than can be counted one after the other.
    static func tooManyAnnouncements(_ error: PostgresError) -> ChatError {
        ChatError(
            .rateLimited,
            "You announce too many files at the same time; try again in \(words(for: 1)).",
            retryAfter: 1,
            underlying: error
        )
    }

    private static func words(for seconds: Int) -> String {
        switch seconds {
        case 1: "1 second"
        case ..<120: "\(seconds) seconds"
        case ..<7_200: "\((seconds + 59) / 60) minutes"
        default: "\((seconds + 3_599) / 3_600) hours"
        }
    }
}

/// The value of an environment variable is not a limit.
struct InvalidUploadLimit: LambdaError, Hashable, CustomStringConvertible {
    let name: String

    var errorMessage: String { "\(name) must be a whole number above zero." }
    var description: String { errorMessage }
}
