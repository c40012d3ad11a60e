import EmulatorCore
import GatewayCore
import Synchronization
import Testing

@Suite struct ThrottleTests {
    private static func time(_ milliseconds: Int64) -> UnixTime { UnixTime(milliseconds: milliseconds) }

    @Test func admitsABurstAndThenTheRate() {
        var bucket = TokenBucket(rate: 10, burst: 3, at: Self.time(0))
        let first = (0..<5).map { _ in bucket.take(at: Self.time(0)) }
        #expect(first == [true, true, true, false, false])
        let later = [99, 100, 150, 199, 200].map { bucket.take(at: Self.time($0)) }
        #expect(later == [false, true, false, false, true])
    }

    @Test func accumulatesNoMoreThanTheBurst() {
        var bucket = TokenBucket(rate: 1_000, burst: 2, at: Self.time(0))
        let taken = (0..<4).map { _ in bucket.take(at: Self.time(60_000)) }
        #expect(taken == [true, true, false, false])
    }

    @Test func aClockThatIsSetBackNeitherAddsNorRemovesTokens() {
        var bucket = TokenBucket(rate: 1, burst: 2, at: Self.time(10_000))
        let taken = [10_000, 0, 0].map { bucket.take(at: Self.time($0)) }
        #expect(taken == [true, true, false])
    }

    @Test func theBucketFillsAfterTheClockIsSetBack() {
        var bucket = TokenBucket(rate: 1, burst: 1, at: Self.time(10_000))
        let taken = [10_000, 0, 999, 1_000].map { bucket.take(at: Self.time($0)) }
        #expect(taken == [true, false, false, true])
    }

    @Test func aBurstOfZeroAdmitsNothing() {
        let throttle = RouteThrottle(rate: 0, burst: 0)
        #expect(!throttle.admits("GET /"))
    }

    @Test func routesHaveSeparateBuckets() {
        let throttle = RouteThrottle(rate: 1, burst: 1, now: { Self.time(0) })
        #expect(throttle.admits("GET /a"))
        #expect(!throttle.admits("GET /a"))
        #expect(throttle.admits("GET /b"))
    }

    @Test func aRouteCanHaveLimitsOfItsOwn() {
        let throttle = RouteThrottle(
            rate: 1,
            burst: 3,
            routes: ["a": (rate: 1, burst: 1), "b": (rate: 1, burst: nil), "c": (rate: nil, burst: nil)],
            now: { Self.time(0) }
        )
        let admitted = ["a", "b", "c", "d"].map { key in (0..<10).count { _ in throttle.admits(key) } }
        #expect(admitted == [1, 3, 3, 3])
    }

    @Test func onlyARouteCanHaveLimits() {
        let throttle = RouteThrottle(rate: nil, burst: nil, routes: ["a": (rate: 1, burst: 1)], now: { Self.time(0) })
        let admitted = ["a", "b"].map { key in (0..<10).count { _ in throttle.admits(key) } }
        #expect(admitted == [1, 10])
    }

    @Test func withoutLimitsEverythingIsAdmitted() {
        let throttle = RouteThrottle(rate: nil, burst: nil)
        #expect((0..<10_000).allSatisfy { _ in throttle.admits("GET /") })
    }

    @Test func aMissingLimitIsTheQuotaOfTheAccount() {
        let rateOnly = RouteThrottle(rate: 1, burst: nil, now: { Self.time(0) })
        #expect((0..<6_000).count { _ in rateOnly.admits("GET /") } == 5_000)
        let now = Mutex(Self.time(0))
        let burstOnly = RouteThrottle(rate: nil, burst: 1) { now.withLock { $0 } }
        #expect(burstOnly.admits("GET /"))
        #expect(!burstOnly.admits("GET /"))
        now.withLock { $0 = Self.time(1) }
        #expect(burstOnly.admits("GET /"))
    }
}
