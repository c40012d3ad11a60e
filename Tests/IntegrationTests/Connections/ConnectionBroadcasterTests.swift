import ChatCore
import Connections
import FoundationEssentials
import InMemoryLogging
import Logging
import RateLimits
import Redis
import TestSupport
import Testing

struct ConnectionBroadcasterTests {
    let redis = StubRedis()
    let sender = RecordingConnections()
    let log = InMemoryLogHandler()
    let endpoint = ManagementEndpoint(url: "https://example.org/live")
    let origin = AuthorizedConnection(id: "a1", user: "alice", openedAt: 1_800_000_000_000, expiry: farFuture)

    /// Alice has two connections, Bob one, Carol none.
    init() {
        redis.answer(EnterConnection.self) { _ in [] }
        redis.answer(TakeToken.self) { _ in 0 }
        redis.answer(SortedSetMembers.self) { command in
            switch command.key {
            case "user:{alice}:connections": ["a1", "a2"]
            case "user:{bob}:connections": ["b1"]
            // All except the origin opened a minute ago.
            case "user:{alice}:opened": ["a1"]
            default: []
            }
        }
        redis.answer(RemoveFromSortedSet.self) { _ in true }
    }

    /// Returns whether the reply was posted. Without a pause, the reply is posted only after a long time.
    private func push(to users: [UserID], pause: Duration = .seconds(3600)) async -> Bool {
        let logger = Logger(label: "test") { _ in log }
        let broadcaster = Broadcaster(
            map: ConnectionMap(store: redis),
            sender: sender,
            limiter: RateLimiter(store: redis, limits: .standard),
            sleep: { _ in try await Task.sleep(for: pause) }
        )
        let broadcast = Broadcast(
            Array("private".utf8),
            to: users,
            from: origin,
            reply: Array("reply".utf8),
            at: endpoint,
            charging: .sendMessage
        )
        return await broadcaster.push(broadcast, logger: logger)
    }

    @Test func pushesOnceToEveryConnectionOfEveryUserInOneRoundTrip() async {
        #expect(await push(to: ["alice", "bob", "carol", "bob"]) == false)
        #expect(sender.posts.map(\.connections) == [["a1", "a2", "b1"]])
        #expect(redis.roundTrips == 1)
        #expect(log.entries.isEmpty)
    }

    @Test func entersTheOriginAndChargesItsUser() async {
        #expect(await push(to: ["bob"]) == false)
        #expect(redis.sent(EnterConnection.self).map(\.connection) == ["a1"])
        #expect(redis.sent(TakeToken.self).map(\.mode) == [.borrowing])
        #expect(sender.posts.map(\.connections) == [["b1"]])
    }

    @Test func postsNothingIfNoUserIsConnected() async {
        #expect(await push(to: ["carol"]) == false)
        #expect(sender.posts.isEmpty)
    }

    @Test func removesOnlyConnectionsThatAreGone() async {
        sender.answer("a2", with: .gone)
        sender.answer("b1", with: .gone)
        #expect(await push(to: ["alice", "bob"]) == false)
        #expect(
            Set(redis.sent(RemoveFromSortedSet.self).map(\.arguments)) == [
                ["ZREM", "user:{alice}:connections", "a2"], ["ZREM", "user:{bob}:connections", "b1"],
                ["ZREM", "user:{alice}:opened", "a2"], ["ZREM", "user:{bob}:opened", "b1"],
            ]
        )
    }

    /// API Gateway reports a connection that is still opening as gone.
    @Test func keepsAConnectionThatOpenedRecently() async {
        sender.answer("a1", with: .gone)
        #expect(await push(to: ["alice"]) == false)
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
    }

    /// The reply waits for one slow connection no longer than for the others.
    @Test func postsTheReplyBeforeSlowPushesAreDone() async {
        let replied = AsyncStream.makeStream(of: Void.self)
        sender.hold(until: { for await _ in replied.stream { break } }, connections: ["b1"])
        sender.whenPosted("reply") { replied.continuation.yield() }
        #expect(await push(to: ["alice", "bob"], pause: .zero))
        #expect(sender.posts.map(\.payload).sorted() == ["private", "reply"])
    }

    @Test func logsFailuresWithoutThePayload() async {
        sender.answer("a2", with: .failed(reason: "500"))
        #expect(await push(to: ["alice", "bob"]) == false)
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
        #expect(log.entries.map(\.level) == [.warning])
        #expect(log.entries.allSatisfy { !"\($0)".contains("private") })
        #expect(log.entries.first?.metadata["push.failed"] == "1")
    }

    @Test func logsAFailureOfRedisAndDoesNotThrow() async {
        redis.answer(SortedSetMembers.self) { _ throws(RedisError) in
            throw RedisError(.connectionFailed, message: "down")
        }
        #expect(await push(to: ["alice"]) == false)
        #expect(sender.posts.isEmpty)
        #expect(log.entries.map(\.level) == [.error])
    }
}
