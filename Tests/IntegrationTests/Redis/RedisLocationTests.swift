import Testing

@testable import Redis

struct RedisLocationTests {
    @Test(
        arguments: [
            ("redis://cache", .host("cache", port: 6379, isTLS: false)),
            ("REDIS://cache:6380/", .host("cache", port: 6380, isTLS: false)),
            ("rediss://cache.example.org", .host("cache.example.org", port: 6379, isTLS: true)),
            ("redis://[::1]:6380", .host("::1", port: 6380, isTLS: false)),
            ("unix:///run/redis.sock", .path("/run/redis.sock")),
            ("unix:///with%20space", .path("/with space")),
        ] as [(String, RedisLocation.Address)]
    )
    func addressesAreParsed(url: String, address: RedisLocation.Address) throws {
        #expect(try RedisLocation(url: url).address == address)
    }

    @Test(
        arguments: [
            ("redis://cache", []),
            ("redis://cache/0", []),
            ("redis://cache/2", [["SELECT", "2"]]),
            ("redis://cache?db=3", [["SELECT", "3"]]),
            ("redis://:secret@cache", [["AUTH", "secret"]]),
            ("redis://user:p%40ss%2F@cache/1", [["AUTH", "user", "p@ss/"], ["SELECT", "1"]]),
            ("unix://user:secret@/run/redis.sock?db=4", [["AUTH", "user", "secret"], ["SELECT", "4"]]),
        ] as [(String, [[String]])]
    )
    func credentialsAndDatabaseAreParsed(url: String, greeting: [[String]]) throws {
        #expect(try RedisLocation(url: url).greeting == greeting)
    }

    @Test(arguments: [
        "", "cache:6379", "http://secret@cache", "redis://", "redis://:secret@", "redis://:secret@cache:0",
        "redis://:secret@cache:70000", "redis://:secret@cache/x", "redis://:secret@cache/-1", "unix://",
    ])
    func errorForAMalformedURLDoesNotQuoteThePassword(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisLocation(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }
}
