import FoundationEssentials
import RateLimits
import Synchronization
import TestSupport
import Testing

struct RateLimiterTests {
    private let redis = StubRedis()
    private let clock = Clock()
    private let limiter: RateLimiter

    private final class Clock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        var now: Date { time.withLock { $0 } }
        func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    init() {
        limiter = RateLimiter(store: redis, limits: .standard, now: { [clock] in clock.now })
        redis.answer(TakeToken.self) { _ in 0 }
    }

    private func charge(_ user: UserID = "alice", _ action: LimitedAction = .read) async throws {
        try await limiter.charge(action, to: user, logger: LambdaContext.test.logger)
    }

    @Test(arguments: LimitedAction.allCases)
    func everyActionIsLimited(action: LimitedAction) async throws {
        try await charge("alice", action)
        let command = try #require(redis.sent(TakeToken.self).first)
        #expect(command.key == "rate:{alice}:\(action.rawValue)")
        #expect(command.limit == RateLimits.standard[action])
        #expect(command.mode == .refusing)
    }

    @Test func refusesAndSaysWhenToTryAgain() async throws {
        redis.answer(TakeToken.self) { _ in 2500 }
        let error = await #expect(throws: ChatError.self) { try await charge() }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfterMilliseconds == 2500)
        #expect(error?.retryAfter == 3)
    }

    @Test func remembersHowLongAUserHasToWait() async throws {
        redis.answer(TakeToken.self) { _ in 2500 }
        await expectRefusal(.rateLimited) { try await charge() }
        clock.advance(by: 1)
        let error = await #expect(throws: ChatError.self) { try await charge() }
        #expect(error?.retryAfterMilliseconds == 1500)
        #expect(redis.roundTrips == 1)

        redis.answer(TakeToken.self) { _ in 0 }
        try await charge("bob")
        try await charge("alice", .heartbeat)
        clock.advance(by: 1.5)
        try await charge()
        #expect(redis.roundTrips == 4)
    }

    @Test func dropsTheResultOfAnActionThatIsRefused() async {
        redis.answer(TakeToken.self) { _ in 2500 }
        await expectRefusal(.rateLimited) {
            _ = try await limiter.charging(.read, to: "alice", logger: LambdaContext.test.logger) { 7 }
        }
    }

    @Test func startsNothingForAUserWhoHasToWait() async {
        limiter.record(1000, for: .read, by: "alice")
        await expectRefusal(.rateLimited) {
            try await limiter.charging(.read, to: "alice", logger: LambdaContext.test.logger) {
                _ = Issue.record("the action was started")
            }
        }
        #expect(redis.roundTrips == 0)
    }

    @Test func allowsActionsWhileRedisIsDownAndAsksItRarely() async throws {
        redis.answer(TakeToken.self) { _ throws(RedisError) in throw RedisError(.connectionFailed, message: "down") }
        for _ in 1...3 { try await charge() }
        #expect(redis.roundTrips == 1)
        clock.advance(by: 5)
        try await charge()
        #expect(redis.roundTrips == 2)
    }

    @Test(
        arguments: [
            (nil, RateLimits.standard[.sendMessage]), ("send-message=7/60", RateLimit(7, per: 60)),
            ("read=1/1,send-message=7/60", RateLimit(7, per: 60)), ("send-message=none", nil), ("none", nil),
            ("read=1/1", RateLimits.standard[.sendMessage]),
        ] as [(String?, RateLimit?)]
    )
    func readsItsConfiguration(text: String?, limit: RateLimit?) throws {
        let limits = try RateLimits(environment: Environment(text.map { ["RATE_LIMITS": $0] } ?? [:]))
        #expect(limits[.sendMessage] == limit)
    }

    @Test(arguments: [
        "fly=1/1", "read", "read=", "read=1", "read=0/1", "read=1/0", "read=1/1/1", "read=-1/1", "read=x/1", "=1/1",
        "read=1/1000001", "none,read=1/1", "read=1/1 ",
    ])
    func refusesAnInvalidConfiguration(text: String) {
        #expect(throws: InvalidRateLimits.self) {
            try RateLimits(environment: Environment(["RATE_LIMITS": text]))
        }
    }

    /// The template shows the limits that the functions have without it.
    @Test func theTemplateHasTheStandardLimits() throws {
        let template = try Repository.text(of: "template.yaml")
        let text = try #require(template.firstMatch(of: #/  RateLimits:\n    Type: String\n    Default: (\S+)\n/#)?.1)
        #expect(text.split(separator: ",").count == LimitedAction.allCases.count)
        #expect(try RateLimits(environment: Environment(["RATE_LIMITS": String(text)])) == .standard)
    }
}
