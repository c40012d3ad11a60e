public import LambdaRuntime

/// The limit of each action. An action without one is not limited.
public struct RateLimits: Sendable, Hashable {
    private var limits: [LimitedAction: RateLimit]

    public init(_ limits: [LimitedAction: RateLimit]) { self.limits = limits }

    /// The defaults of the template's parameter `RateLimits`.
    public static let standard = RateLimits([
        .connect: RateLimit(60, per: 60),
        .heartbeat: RateLimit(60, per: 60),
        .authenticate: RateLimit(30, per: 60),
        .sendMessage: RateLimit(100, per: 20),
        .readMessages: RateLimit(100, per: 20),
        .read: RateLimit(300, per: 30),
        .createConversation: RateLimit(60, per: 60),
        .createGroup: RateLimit(50, per: 3600),
        .createFile: RateLimit(100, per: 60),
    ])

    public subscript(action: LimitedAction) -> RateLimit? { limits[action] }

    /// Reads `RATE_LIMITS`: `send-message=100/20,create-group=50/3600`. An action that it does not name has its standard
    /// limit; `ACTION=none` removes it, and `none` alone removes all.
    public init(environment: Environment) throws(InvalidRateLimits) {
        self = .standard
        guard let text = environment["RATE_LIMITS"] else { return }
        if text == "none" {
            limits = [:]
            return
        }
        for entry in text.split(separator: ",") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let action = LimitedAction(rawValue: parts[0]) else {
                throw InvalidRateLimits(entry: String(entry))
            }
            if parts[1] == "none" {
                limits[action] = nil
            } else if let limit = RateLimit(parts[1]) {
                limits[action] = limit
            } else {
                throw InvalidRateLimits(entry: String(entry))
            }
        }
    }
}

extension RateLimit {
    /// Parses `count/seconds`, each from 1 to a million.
    fileprivate init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard numbers.count == 2, numbers.allSatisfy((1...1_000_000).contains) else { return nil }
        self.init(numbers[0], per: numbers[1])
    }
}

/// `RATE_LIMITS` has an entry that is not `ACTION=COUNT/SECONDS` or `ACTION=none`.
public struct InvalidRateLimits: LambdaError, Hashable, CustomStringConvertible {
    public let entry: String

    public var errorMessage: String {
        let actions = LimitedAction.allCases.map(\.rawValue).joined(separator: ", ")
        return "RATE_LIMITS: '\(entry)' is not ACTION=COUNT/SECONDS or ACTION=none, where ACTION is one of \(actions)."
    }
    public var description: String { errorMessage }
}
