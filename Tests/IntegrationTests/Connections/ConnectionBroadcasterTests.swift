import ChatCore
import Connections
import FoundationEssentials
import Logging
import Redis
import Synchronization
import TestSupport
import Testing

struct ConnectionBroadcasterTests {
    let redis = StubRedis()
    let sender = StubSender()
    let log = RecordingLog()
    let endpoint = ManagementEndpoint(url: "https://example.org/live")
    let origin: (connection: ConnectionID, user: UserID) = ("a1", "alice")

    /// Alice has two connections, Bob one, Carol none.
    init() {
        redis.answer(AddToSortedSet.self) { _ in true }
        redis.answer(TrimSortedSet.self) { _ in 0 }
        redis.answer(ExpireKey.self) { _ in true }
        redis.answer(SetString.self) { _ in }
        redis.answer(SortedSetMembers.self) { command in
            // All but the origin were heard of a minute ago.
            let isAboutTheLastMinute = command.minimum > Int64((Date().timeIntervalSince1970 - 60) * 1000)
            return switch command.key {
            case "user:{alice}:connections": isAboutTheLastMinute ? ["a1"] : ["a1", "a2"]
            case "user:{bob}:connections": isAboutTheLastMinute ? [] : ["b1"]
            default: []
            }
        }
        redis.answer(RemoveFromSortedSet.self) { _ in true }
        redis.answer(DeleteKey.self) { _ in true }
    }

    private func push(to users: [UserID]) async {
        await Broadcaster(map: ConnectionMap(store: redis), sender: sender)
            .push(Array("private".utf8), to: users, from: origin, at: endpoint, logger: log.logger)
    }

    @Test func everyConnectionOfEveryUserIsToldOnceInOneRoundTrip() async {
        await push(to: ["alice", "bob", "carol", "bob"])
        #expect(sender.posts.map(Set.init) == [["a1", "a2", "b1"]])
        #expect(redis.roundTrips == 1)
        #expect(log.messages.isEmpty)
    }

    @Test func originIsNotedAsAlive() async {
        await push(to: ["bob"])
        #expect(redis.sent(AddToSortedSet.self).map(\.member) == ["a1"])
        #expect(redis.sent(SetString.self).map(\.value) == ["alice"])
        #expect(sender.posts == [["b1"]])
    }

    @Test func nothingIsPostedIfNobodyIsThere() async {
        await push(to: ["carol"])
        #expect(sender.posts.isEmpty)
    }

    @Test func connectionsThatAreGoneAreForgottenAndNothingElse() async {
        sender.answer("a2", .gone)
        sender.answer("b1", .gone)
        await push(to: ["alice", "bob"])
        #expect(
            Set(redis.sent(RemoveFromSortedSet.self).map(\.arguments)) == [
                ["ZREM", "user:{alice}:connections", "a2"], ["ZREM", "user:{bob}:connections", "b1"],
            ]
        )
        #expect(Set(redis.sent(DeleteKey.self).map(\.key)) == ["connection:a2", "connection:b1"])
    }

    /// The origin's user may have another device that is just connecting.
    @Test func connectionThatWasJustHeardOfIsNotForgotten() async {
        sender.answer("a1", .gone)
        await push(to: ["alice"])
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
    }

    @Test func failuresAreLoggedWithoutContent() async {
        sender.answer("a2", .failed(reason: "500"))
        await push(to: ["alice", "bob"])
        #expect(redis.sent(RemoveFromSortedSet.self).isEmpty)
        #expect(log.messages == [.warning])
        #expect(!log.text.contains("private"))
        #expect(log.text.contains("push.failed=1"))
    }

    @Test func redisThatIsDownIsLoggedAndNotThrown() async {
        redis.answer(SortedSetMembers.self) { _ throws(RedisError) in
            throw RedisError(.connectionFailed, message: "down")
        }
        await push(to: ["alice"])
        #expect(sender.posts.isEmpty)
        #expect(log.messages == [.error])
    }
}

/// Delivers everything unless told otherwise, and records it.
final class StubSender: ConnectionSender {
    private let state = Mutex((answers: [ConnectionID: Delivery](), posts: [[ConnectionID]]()))

    var posts: [[ConnectionID]] { state.withLock { $0.posts } }

    func answer(_ connection: ConnectionID, _ delivery: Delivery) {
        state.withLock { $0.answers[connection] = delivery }
    }

    func post(
        _ payload: [UInt8],
        to connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        state.withLock { state in
            state.posts.append(connections)
            return Dictionary(uniqueKeysWithValues: connections.map { ($0, state.answers[$0] ?? .delivered) })
        }
    }
}

/// Keeps what is logged at info or above.
final class RecordingLog: Sendable {
    private let entries = Mutex([(level: Logger.Level, text: String)]())

    var messages: [Logger.Level] { entries.withLock { $0.map(\.level) } }
    var text: String { entries.withLock { $0.map(\.text).joined(separator: "\n") } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            log.entries.withLock { $0.append((event.level, "\(event.message) \(metadata)")) }
        }
    }
}
