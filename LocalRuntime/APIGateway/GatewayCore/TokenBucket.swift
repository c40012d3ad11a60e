public import EmulatorCore
import Synchronization

/// The token bucket algorithm, by which API Gateway throttles requests.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
public struct TokenBucket: Sendable {
    /// The sustained rate, in requests per second.
    public let rate: Double
    /// The largest burst, in requests.
    public let burst: Int
    private var tokens: Double
    private var filledAt: UnixTime

    /// A full bucket.
    public init(rate: Double, burst: Int, at time: UnixTime) {
        self.rate = rate
        self.burst = burst
        tokens = Double(burst)
        filledAt = time
    }

    /// Takes a token for one request; false if the bucket is empty.
    public mutating func take(at time: UnixTime) -> Bool {
        if time > filledAt {
            tokens = min(Double(burst), tokens + Double(time.milliseconds - filledAt.milliseconds) / 1_000 * rate)
        }
        // A clock that was set back must not keep the bucket empty until it has caught up.
        filledAt = time
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// The throttling of a stage's routes.
///
/// The settings are the stage's `DefaultRouteSettings` and `RouteSettings`. Each route has a separate bucket. This is an
/// assumption: AWS documents it for methods of REST APIs only.
public final class RouteThrottle: Sendable {
    /// The default quota of an AWS account, used for a limit that the stage does not set.
    private static let accountLimit = (rate: 10_000.0, burst: 5_000)

    private let full: TokenBucket?
    private let fullOfRoutes: [String: TokenBucket]
    private let buckets = Mutex<[String: TokenBucket]>([:])
    private let now: @Sendable () -> UnixTime

    /// - Parameters:
    ///   - rate: `ThrottlingRateLimit`, in requests per second.
    ///   - burst: `ThrottlingBurstLimit`, in requests. If both limits are nil, every request is admitted.
    ///   - routes: The limits of some routes by route key; nil where those of the others apply.
    public init(
        rate: Double?,
        burst: Int?,
        routes: [String: (rate: Double?, burst: Int?)] = [:],
        now: @escaping @Sendable () -> UnixTime = { .now }
    ) {
        self.now = now
        let time = now()
        full = Self.bucket(rate, burst, time)
        fullOfRoutes = routes.compactMapValues { Self.bucket($0.rate ?? rate, $0.burst ?? burst, time) }
    }

    private static func bucket(_ rate: Double?, _ burst: Int?, _ time: UnixTime) -> TokenBucket? {
        guard rate != nil || burst != nil else { return nil }
        return TokenBucket(rate: rate ?? accountLimit.rate, burst: burst ?? accountLimit.burst, at: time)
    }

    /// Takes a token for a request to the route; false if the request must be throttled.
    public func admits(_ routeKey: String) -> Bool {
        guard let full = fullOfRoutes[routeKey] ?? full else { return true }
        return buckets.withLock { $0[routeKey, default: full].take(at: now()) }
    }
}
