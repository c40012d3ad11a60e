import ChatCore
import Connections
import FoundationEssentials
import InMemoryLogging
import Logging
import Redis
import TestSupport
import Testing

struct ConnectionBroadcasterTests {
    let redis = StubRedis()
    let sender = RecordingConnections()
    let log = InMemoryLogHandler()
    let endpoint = ManagementEndpoint(url: "https://example.org/live")
    let origin: (connection: ConnectionID, user: UserID) = ("a1", "alice")

    /// Alice has two connections, Bob one, Carol none.
    init() {
        redis.answer(AddToSortedSet.self) { _ in true }
        redis.answer(TrimSortedSet.self) { _ in 0 }
        redis.answer(ExpireKey.self) { _ in true }
        redis.answer(SetString.self) { _ in }
        redis.answer(SortedSetMembers.self) { command in
            // All except the origin were last active a minute ago.
            let selectsRecentActivity = command.minimum > Int64((Date().timeIntervalSince1970 - 60) * 1000)
            return switch command.key {
            case "user:{alice}:connections": selectsRecentActivity ? ["a1"] : ["a1", "a2"]
            case "user:{bob}:connections": selectsRecentActivity ? [] : ["b1"]
            default: []
            }
        }
        redis.answer(RemoveFromSortedSet.self) { _ in true }
        redis.answer(DeleteKey.self) { _ in true }
    }

    private func push(to users: [UserID]) async {
        let logger = Logger(label: "test") { _ in log }
        await Broadcaster(map: ConnectionMap(store: redis), sender: sender)
            .push(Array("private".utf8), to: users, from: origin, at: endpoint, logger: logger)
    }

    @Test func pushesOnceToEveryConnectionOfEveryUserInOneRoundTrip() async {
        await push(to: ["alice", "bob", "carol", "bob"])
        #expect(sender.posts.map(\.connections) == [["a1", "a2", "b1"]])
        #expect(redis.roundTrips == 1)
        #expect(log.entries.isEmpty)
    }

    @Test func renewsTheEntryOfTheOrigin() async {
        await push(to: ["bob"])
        #expect(redis.sent(AddToSortedSet.self).map(\.member) == ["a1"])
        #expect(redis.sent(SetString.self).map(\.value) == ["alice"])
        #expect(sender.posts.map(\.connections) == [["b1"]])
    }

    @Test func postsNothingIfNoUserIsConnected() async {
        await push(to: ["carol"])
        #expect(sender.posts.isEmpty)
    }

    @Test func removesOnlyConnectionsThatAreGone() async {
        sender.answer("a2", with: .gone)
        sender.answer("b1", with: .gone)
        await push(to: ["alice", "bob"])
        #expect(
            Set(redis.sent(RemoveFromSortedSet.self).map(\.arguments)) == [
                ["ZREM", "user:{alice}:connections", "a2"], ["ZREM", "user:{bob}:connections", "b1"],
            ]
        )
        #expect(Set(redis.sent(DeleteKey.self).map(\.key)) == ["connection:a2", "connection:b1"])
    }

    /// API Gateway reports a connection that is still opening as gone.
    @Test func keepsARecentlyActiveConnection() async {
        sender.answer("a1", with: .gone)
        await push(to: ["alice"])
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
    }

    @Test func logsFailuresWithoutThePayload() async {
        sender.answer("a2", with: .failed(reason: "500"))
        await push(to: ["alice", "bob"])
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
        #expect(log.entries.map(\.level) == [.warning])
        #expect(log.entries.allSatisfy { !"\($0)".contains("private") })
        #expect(log.entries.first?.metadata["push.failed"] == "1")
    }

    @Test func logsAFailureOfRedisAndDoesNotThrow() async {
        redis.answer(SortedSetMembers.self) { _ throws(RedisError) in
            throw RedisError(.connectionFailed, message: "down")
        }
        await push(to: ["alice"])
        #expect(sender.posts.isEmpty)
        #expect(log.entries.map(\.level) == [.error])
    }
}
