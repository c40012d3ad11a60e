import ChatCore
import Connections
import Redis
import TestSupport

/// Who is connected, as far as a test is concerned.
struct Presence {
    let redis = StubRedis()

    /// Redis with these connections, taking whatever is noted.
    init(_ connections: [UserID: [String]] = [:]) {
        redis.answer(AddToSortedSet.self) { _ in true }
        redis.answer(TrimSortedSet.self) { _ in 0 }
        redis.answer(ExpireKey.self) { _ in true }
        redis.answer(SetString.self) { _ in }
        redis.answer(RemoveFromSortedSet.self) { _ in true }
        redis.answer(DeleteKey.self) { _ in true }
        redis.answer(GetString.self) { _ in nil }
        redis.answer(SortedSetMembers.self) { command in
            connections.first { command.key.contains("{\($0.key.rawValue)}") }?.value ?? []
        }
    }

    /// Redis that is not there.
    static var unavailable: Presence {
        let presence = Presence()
        presence.redis.answer(AddToSortedSet.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(SortedSetMembers.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(RemoveFromSortedSet.self) { _ throws(RedisError) in throw unavailableRedis }
        return presence
    }

    var map: ConnectionMap { ConnectionMap(store: redis) }

    /// The connections that were noted, each with its user.
    var noted: [String: String] {
        Dictionary(redis.sent(SetString.self).map { ($0.key, $0.value) }) { _, last in last }
    }
}

private let unavailableRedis = RedisError(.connectionFailed, message: "nobody answers")
