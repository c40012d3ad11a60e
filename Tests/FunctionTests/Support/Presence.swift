import ChatCore
import Connections
import Foundation
import RateLimits
import Redis
import TestSupport

/// A stub of Redis that holds the connections of users.
struct Presence {
    let redis = StubRedis()

    /// Redis with these connections. It accepts all changes but does not apply them, and every bucket has tokens.
    init(_ connections: [UserID: [String]] = [:]) {
        redis.answer(EnterConnection.self) { _ in [] }
        redis.answer(TakeToken.self) { _ in 0 }
        redis.answer(RemoveFromSortedSet.self) { _ in true }
        redis.answer(SortedSetScore.self) { _ in nil }
        redis.answer(SortedSetMembers.self) { command in
            connections.first { command.key.contains("{\($0.key.rawValue)}") }?.value ?? []
        }
    }

    /// Redis that cannot be reached.
    static var unavailable: Presence {
        let presence = Presence()
        presence.redis.answer(EnterConnection.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(TakeToken.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(SortedSetMembers.self) { _ throws(RedisError) in throw unavailableRedis }
        presence.redis.answer(RemoveFromSortedSet.self) { _ throws(RedisError) in throw unavailableRedis }
        return presence
    }

    var map: ConnectionMap { ConnectionMap(store: redis) }
    var limiter: RateLimiter { RateLimiter(store: redis, limits: .standard) }

    /// The connections that were entered.
    var entered: [String] { redis.sent(EnterConnection.self).map(\.connection) }
    /// The buckets that were charged.
    var charged: [String] { redis.sent(TakeToken.self).map(\.key) }
}

private let unavailableRedis = RedisError(.connectionFailed, message: "connection refused")
