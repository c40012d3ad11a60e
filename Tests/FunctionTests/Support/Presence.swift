import ChatCore
import Connections
import Redis
import TestSupport

/// A stub of Redis that holds the connections of users.
struct Presence {
    let redis = StubRedis()

    /// Redis with these connections. It accepts all changes but does not apply them.
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

    /// Redis that cannot be reached.
    static var unavailable: Presence {
        let presence = Presence()
        presence.redis.answer(AddToSortedSet.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(SortedSetMembers.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(RemoveFromSortedSet.self) { _ throws(RedisError) in throw unavailableRedis }
        return presence
    }

    var map: ConnectionMap { ConnectionMap(store: redis) }

    /// The keys of the connections that were added, each with its user.
    var added: [String: String] {
        Dictionary(redis.sent(SetString.self).map { ($0.key, $0.value) }) { _, last in last }
    }
}

private let unavailableRedis = RedisError(.connectionFailed, message: "connection refused")
