import Foundation
import Redis
import Testing

/// Runs every command on a real server.
struct RedisCommandTests {
    let client: RedisClient
    /// Unique to this test.
    let key = "test:\(UUID().uuidString)"

    init() throws {
        client = try RedisClient(url: try RedisTestServer.sharedURL())
    }

    @Test func serverAnswersPing() async throws {
        try await client.send(Ping())
    }

    static let texts = [
        "", "plain", "two words", "line\r\nbreak", "nul\0nul", "$5\r\nhello\r\n", "*1\r\n$8\r\nFLUSHALL\r\n",
        "return redis.call('FLUSHALL')", "👩‍👩‍👧‍👦 שלום", String(repeating: "größer", count: 150_000),
    ]

    @Test(arguments: texts)
    func stringsRoundTrip(text: String) async throws {
        try await client.send(SetString(key: key, value: text, seconds: 60))
        #expect(try await client.send(GetString(key: key)) == text)
        #expect(try await client.send(DeleteKey(key: key)))
    }

    @Test(arguments: texts)
    func keysAndMembersCanBeAnyText(text: String) async throws {
        _ = try await client.send(AddToSortedSet(key: key + text, member: text, score: 1))
        #expect(try await client.send(SortedSetMembers(key: key + text, minimum: 0)) == [text])
        _ = try await client.send(DeleteKey(key: key + text))
    }

    @Test func stringsExpire() async throws {
        try await client.send(SetString(key: key, value: "value", seconds: 60))
        #expect((1...60).contains(try await client.send(TimeToLive(key: key))))
    }

    @Test func missingKeysAreReported() async throws {
        #expect(try await client.send(GetString(key: key)) == nil)
        #expect(try await client.send(DeleteKey(key: key)) == false)
        #expect(try await client.send(ExpireKey(key: key, seconds: 60)) == false)
        #expect(try await client.send(RemoveFromSortedSet(key: key, member: "a")) == false)
        #expect(try await client.send(TrimSortedSet(key: key, minimum: 0)) == 0)
        #expect(try await client.send(SortedSetMembers(key: key, minimum: 0)) == [])
        #expect(try await client.send(SortedSetScore(key: key, member: "a")) == nil)
    }

    @Test func sortedSetsKeepTheLatestScoreOfAMember() async throws {
        #expect(try await client.send(AddToSortedSet(key: key, member: "a", score: 1)))
        #expect(try await client.send(AddToSortedSet(key: key, member: "b", score: 2)))
        #expect(try await client.send(AddToSortedSet(key: key, member: "a", score: 1_800_000_000_000)) == false)
        #expect(try await client.send(SortedSetMembers(key: key, minimum: 2)) == ["b", "a"])
        #expect(try await client.send(SortedSetScore(key: key, member: "a")) == 1_800_000_000_000)
        #expect(try await client.send(SortedSetScore(key: key, member: "c")) == nil)
        #expect(try await client.send(SortedSetMembers(key: key, minimum: 3)) == ["a"])
        #expect(try await client.send(SortedSetMembers(key: key, minimum: 1_800_000_000_001)) == [])
        #expect(try await client.send(TrimSortedSet(key: key, minimum: 2)) == 0)
        #expect(try await client.send(TrimSortedSet(key: key, minimum: 3)) == 1)
        #expect(try await client.send(ExpireKey(key: key, seconds: 60)))
        #expect((1...60).contains(try await client.send(TimeToLive(key: key))))
        #expect(try await client.send(RemoveFromSortedSet(key: key, member: "a")))
        #expect(try await client.send(SortedSetMembers(key: key, minimum: 0)) == [])
    }

    @Test func pipelineReturnsRepliesInOrder() async throws {
        let (added, _, values, members) = try await client.pipeline(
            [AddToSortedSet(key: key, member: "a", score: 1), AddToSortedSet(key: key, member: "a", score: 2)],
            [SetString(key: key + "s", value: "v", seconds: 60)],
            [GetString(key: key + "s"), GetString(key: key + "none")],
            [SortedSetMembers(key: key, minimum: 0)]
        )
        #expect(added == [true, false])
        #expect(values == ["v", nil])
        #expect(members == [["a"]])
        _ = try await client.pipeline([DeleteKey(key: key), DeleteKey(key: key + "s")])
    }

    @Test func emptyPipelineDoesNotConnect() async throws {
        let client = try RedisClient(url: "redis://127.0.0.1:1")
        #expect(try await client.pipeline([Ping](), [GetString]()).1 == [])
    }

    @Test func failedCommandDoesNotStopTheOthers() async throws {
        try await client.send(SetString(key: key, value: "private", seconds: 60))
        let error = await #expect(throws: RedisError.self) {
            try await client.pipeline(
                [AddToSortedSet(key: key, member: "private", score: 1)],
                [SetString(key: key, value: "after", seconds: 60)]
            )
        }
        #expect(error?.code == .server)
        #expect(error?.serverCode == "WRONGTYPE")
        #expect(try await client.send(GetString(key: key)) == "after")
    }

    @Test func errorsDoNotQuoteArguments() async throws {
        let error = await #expect(throws: RedisError.self) {
            try await client.send(AnyCommand("NOSUCHCOMMAND", "private"))
        }
        #expect(error?.serverMessage?.contains("private") == true)
        #expect(error.map { "\($0)".contains("private") } == false)
    }

    @Test func replyOfAnotherTypeIsRejected() async throws {
        struct Misread: Command {
            var arguments = ["PING"]
            static func decode(_ value: RedisValue) throws(RedisError) -> Int64 { try value.integer() }
        }
        let error = await #expect(throws: RedisError.self) { try await client.send(Misread()) }
        #expect(error?.code == .decoding)
        try await client.send(Ping())
    }
}

/// `TTL`
struct TimeToLive: Command {
    var key: String
    var arguments: [String] { ["TTL", key] }
    static func decode(_ value: RedisValue) throws(RedisError) -> Int64 { try value.integer() }
}
