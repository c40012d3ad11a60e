public import Files
public import FoundationEssentials
public import Redis

/// What each person uploaded lately, for the limits.
///
/// It lives in Redis: for each person a sorted set of files, scored by when they were confirmed (ms since the epoch).
/// What was only announced does not count. An upload that is recorded again counts once.
public struct UploadUsage: Sendable {
    private let store: any RedisStore
    private let limits: UploadLimits
    private let now: @Sendable () -> Date

    public init(
        store: any RedisStore,
        limits: UploadLimits,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.limits = limits
        self.now = now
    }

    /// Counts an upload.
    /// - Parameters:
    ///   - size: In bytes.
    ///   - time: When it was confirmed, which never changes.
    public func record(
        _ file: FileID,
        size: Int64,
        at time: Timestamp,
        of user: UserID
    ) async throws(RedisError) {
        let upload = Upload(time: time.microseconds / 1000, size: size)
        _ = try await store.pipeline(
            [AddToSortedSet(key: Self.key(user), member: "\(upload.text):\(file)", score: upload.time)],
            [TrimSortedSet(key: Self.key(user), minimum: oldest)],
            [ExpireKey(key: Self.key(user), seconds: limits.window)]
        )
    }

    /// Whether another file of that size is allowed. What was announced before others came may have become too much.
    func hasRoom(for size: Int64, of user: UserID) async throws(RedisError) -> Bool {
        timeOfRoom(for: size, after: try await uploads(of: user)) == nil
    }

    /// Throws what a person is told who has uploaded too much for another file of that size.
    public func require(roomFor size: Int64, of user: UserID) async throws {
        guard size <= min(limits.size, limits.bytes) else {
            throw ChatError(.tooLarge, "`size` must be at most \(min(limits.size, limits.bytes)) bytes.")
        }
        guard let free = timeOfRoom(for: size, after: try await uploads(of: user)) else { return }
        let seconds = max(1, (free + Int64(limits.window) * 1000 - milliseconds + 999) / 1000)
        throw ChatError(
            .rateLimited,
            "You have uploaded as much as is allowed for now; try again in \(Self.words(for: seconds)).",
            retryAfter: Int(seconds)
        )
    }

    private func uploads(of user: UserID) async throws(RedisError) -> [Upload] {
        try await store.send(SortedSetMembers(key: Self.key(user), minimum: oldest)).compactMap(Upload.init)
    }

    /// When the last of those uploads was that have to be forgotten first; nil if there is room already.
    private func timeOfRoom(for size: Int64, after uploads: [Upload]) -> Int64? {
        var count = uploads.count
        var bytes = uploads.reduce(0) { $0 + $1.size }
        var last: Int64?
        for upload in uploads where count >= limits.count || bytes + size > limits.bytes {
            count -= 1
            bytes -= upload.size
            last = upload.time
        }
        return last
    }

    /// What a member of the set says.
    private struct Upload {
        /// Milliseconds since the epoch.
        var time: Int64
        /// In bytes.
        var size: Int64

        init(time: Int64, size: Int64) {
            self.time = time
            self.size = size
        }

        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 2)
            guard parts.count == 3, let time = Int64(parts[0]), let size = Int64(parts[1]) else { return nil }
            self.init(time: time, size: size)
        }

        var text: String { "\(time):\(size)" }
    }

    private var milliseconds: Int64 { Int64(now().timeIntervalSince1970 * 1000) }

    /// The least score of an upload that still counts.
    private var oldest: Int64 { milliseconds - Int64(limits.window) * 1000 + 1 }

    private static func key(_ user: UserID) -> String { "user:{\(user.rawValue)}:uploads" }

    private static func words(for seconds: Int64) -> String {
        switch seconds {
        case 1: "1 second"
        case ..<120: "\(seconds) seconds"
        case ..<7_200: "\((seconds + 59) / 60) minutes"
        default: "\((seconds + 3_599) / 3_600) hours"
        }
    }
}
