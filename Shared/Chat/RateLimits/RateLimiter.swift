public import ChatCore
public import FoundationEssentials
public import Redis
import Synchronization

/// Limits how often a user may do something.
///
/// There are two ways to charge an action:
/// - ``charge(_:to:logger:)`` asks Redis first and refuses the action if the bucket is empty.
/// - An action that sends a pipeline to Redis anyway, after it has been carried out, adds ``command(for:by:)`` to that
///   pipeline and passes the reply to ``record(_:for:by:)``. ``requireNotLimited(_:by:)`` refuses the next one, without a
///   round trip. Functions run as several processes, and each refuses a user only after its own last reply: it then has
///   carried out one action too many, which the bucket counts.
public final class RateLimiter: Sendable {
    /// The number of users whose waits are remembered.
    private static let maximumRemembered = 10_000
    /// How long Redis is not asked after a failure, in seconds, so that requests do not wait for it one after another.
    private static let pause: TimeInterval = 5

    private struct Bucket: Hashable {
        var user: UserID
        var action: LimitedAction
    }

    private struct State {
        var waits: [Bucket: Date] = [:]
        var pausedUntil = Date.distantPast
    }

    private let store: any RedisStore
    private let limits: RateLimits
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    public init(store: any RedisStore, limits: RateLimits, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.limits = limits
        self.now = now
    }

    /// Reads `REDIS_URL` and `RATE_LIMITS`, and connects with the first charge.
    public convenience init(environment: Environment = .process) throws {
        self.init(
            store: try RedisClient(url: environment.required("REDIS_URL")),
            limits: try RateLimits(environment: environment)
        )
    }

    /// Charges a user for an action, or throws `rate_limited`, in which case the action must not be carried out.
    ///
    /// If Redis does not answer, the action is allowed: only presence and these limits depend on Redis.
    public func charge(_ action: LimitedAction, to user: UserID, logger: Logger) async throws {
        try requireNotLimited(action, by: user)
        guard let command = command(for: action, by: user, mode: .refusing), !isPaused else { return }
        do {
            let wait = try await store.send(command)
            if wait > 0 {
                record(wait, for: action, by: user)
                throw ChatError.rateLimited(action, wait: wait)
            }
        } catch let error as RedisError {
            state.withLock { $0.pausedUntil = now() + Self.pause }
            logger.warning("Rate limits are not checked: Redis is not available", metadata: ["error": "\(error)"])
        }
    }

    /// Charges a user while the action is carried out, which must change nothing: its result is dropped if the user has
    /// to wait.
    public func charging<Result: Sendable>(
        _ action: LimitedAction,
        to user: UserID,
        logger: Logger,
        while body: () async throws -> Result
    ) async throws -> Result {
        try requireNotLimited(action, by: user)
        async let charge: Void = charge(action, to: user, logger: logger)
        let result = try await body()
        try await charge
        return result
    }

    /// Throws `rate_limited` if an earlier reply said that the user has to wait. Needs no round trip.
    public func requireNotLimited(_ action: LimitedAction, by user: UserID) throws(ChatError) {
        let bucket = Bucket(user: user, action: action)
        let time = now()
        let wait = state.withLock { state -> TimeInterval in
            guard let end = state.waits[bucket] else { return 0 }
            if end <= time { state.waits[bucket] = nil }
            return end.timeIntervalSince(time)
        }
        if wait > 0 { throw .rateLimited(action, wait: Int((wait * 1000).rounded(.up))) }
    }

    /// The command that charges an action; nil if it is not limited.
    public func command(
        for action: LimitedAction,
        by user: UserID,
        mode: TakeToken.Mode = .borrowing
    ) -> TakeToken? {
        // The braces are a hash tag: a Redis cluster keeps all keys with the same tag on one node.
        limits[action].map { TakeToken(key: "rate:{\(user.rawValue)}:\(action.rawValue)", limit: $0, mode: mode) }
    }

    /// Remembers a reply of ``command(for:by:mode:)``.
    ///
    /// - Parameter wait: In milliseconds.
    public func record(_ wait: Int, for action: LimitedAction, by user: UserID) {
        guard wait > 0 else { return }
        let time = now()
        state.withLock { state in
            if state.waits.count >= Self.maximumRemembered { state.waits = state.waits.filter { $0.value > time } }
            guard state.waits.count < Self.maximumRemembered else { return }
            state.waits[Bucket(user: user, action: action)] = time + TimeInterval(wait) / 1000
        }
    }

    private var isPaused: Bool {
        let time = now()
        return state.withLock { $0.pausedUntil > time }
    }
}

extension ChatError {
    /// - Parameter wait: In milliseconds.
    public static func rateLimited(_ action: LimitedAction, wait: Int) -> ChatError {
        ChatError(
            .rateLimited,
            "Too many requests of this kind (\(action.rawValue)); try again later.",
            retryAfterMilliseconds: max(1, wait)
        )
    }
}
