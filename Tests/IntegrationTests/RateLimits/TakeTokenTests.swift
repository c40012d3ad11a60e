import FoundationEssentials
import RateLimits
import Testing

/// Token buckets on a real Redis server.
struct TakeTokenTests {
    let client: RedisClient
    let key = "rate:{\(UUID().uuidString)}:read"

    init() throws {
        client = try RedisClient(url: try RedisTestServer.sharedURL())
    }

    private func take(_ limit: RateLimit, _ mode: TakeToken.Mode = .refusing) async throws -> Int {
        try await client.send(TakeToken(key: key, limit: limit, mode: mode))
    }

    @Test(arguments: [1, 2, 7, 100])
    func holdsAsManyTokensAsTheLimitSays(count: Int) async throws {
        let limit = RateLimit(count, per: 360_000)
        for _ in 1...count { #expect(try await take(limit) == 0) }
        for _ in 1...3 {
            let wait = try await take(limit)
            // The time of one token, less what has passed.
            #expect(wait > 0 && wait <= 360_000_000 / count + 1)
        }
    }

    @Test func refillsWithTime() async throws {
        let limit = RateLimit(1, per: 1)
        #expect(try await take(limit) == 0)
        // On a busy machine the next token may be there already.
        var wait = 0
        for _ in 1...100 where wait == 0 { wait = try await take(limit) }
        #expect((1...1000).contains(wait))
        // The server's clock decides, so this test has to wait for it.
        try await Task.sleep(for: .milliseconds(wait + 2))
        #expect(try await take(limit) == 0)
    }

    /// What was carried out counts, but is not held against a user for longer than the limit's seconds.
    @Test func borrowsAtMostAFullBucket() async throws {
        let limit = RateLimit(10, per: 1000)
        var waits: [Int] = []
        for _ in 1...50 { waits.append(try await take(limit, .borrowing)) }
        #expect(waits.prefix(9).allSatisfy { $0 == 0 })
        #expect(waits[9] > 0)
        #expect(waits == waits.sorted())
        #expect(waits.allSatisfy { $0 <= 1_100_000 })
        #expect(try await take(limit) > 900_000)
    }

    @Test func expiresWhenItIsFull() async throws {
        #expect(try await take(RateLimit(10, per: 100_000)) == 0)
        #expect((1...10_000).contains(try await client.send(TimeToLive(key: key))))
    }

    @Test func separatesKeys() async throws {
        let limit = RateLimit(1, per: 60)
        #expect(try await take(limit) == 0)
        let other = TakeToken(key: key + "x", limit: limit, mode: .refusing)
        #expect(try await client.send(other) == 0)
        #expect(try await take(limit) > 0)
    }
}
