public import ChatCore
public import FoundationEssentials
public import Redis

/// The connected users and their connections.
///
/// The map is kept in Redis: for each user a sorted set of connections, scored by their last activity (milliseconds since
/// 1970), and for each connection a string with its user. Entries expire ``lifetime`` after the last activity. Every
/// command uses a single key, so the map also works on a cluster behind a proxy. Losing the map is harmless:
/// ``add(_:of:)`` restores a connection at its next heartbeat.
public struct ConnectionMap: Sendable {
    /// How long an inactive connection is kept, in seconds. API Gateway closes every connection after two hours.
    ///
    /// [Quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)
    public static let lifetime = 7500

    /// How long ``removeUnlessRecent(_:)`` spares a connection, in seconds: a little more than the 29 seconds that an
    /// integration may take.
    public static let grace = 30

    private let store: any RedisStore
    private let now: @Sendable () -> Date

    public init(store: any RedisStore, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Adds a connection when it opens, and renews its entry at every activity.
    public func add(_ connection: ConnectionID, of user: UserID) async throws(RedisError) {
        let refresh = Refresh([(connection, user)], at: time)
        _ = try await store.pipeline(refresh.additions, refresh.trims, refresh.expiries, refresh.owners)
    }

    /// Removes a connection; does nothing if it is not in the map.
    ///
    /// - Parameter user: The connection's user; nil if it has to be looked up, which costs a round trip.
    public func remove(_ connection: ConnectionID, of user: UserID?) async throws(RedisError) {
        var user = user
        if user == nil {
            user = try await store.send(GetString(key: Self.key(connection))).map(UserID.init(rawValue:))
        }
        guard let user else { return }
        try await remove([connection: user])
    }

    /// Removes connections that API Gateway reported as gone, except those with activity in the last ``grace`` seconds.
    ///
    /// The function Connect adds a connection before API Gateway has finished opening it. A push in between is answered as
    /// if the connection were gone, and must not remove it.
    public func removeUnlessRecent(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        let minimum = time - Int64(Self.grace) * 1000
        let recent = Set(
            try await store.pipeline(
                Set(connections.values).map { SortedSetMembers(key: Self.key($0), minimum: minimum) }
            ).joined()
        )
        let gone = connections.filter { !recent.contains($0.key.rawValue) }
        if !gone.isEmpty { try await remove(gone) }
    }

    /// Removes connections with their users, in one round trip.
    private func remove(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        _ = try await store.pipeline(
            connections.map { RemoveFromSortedSet(key: Self.key($0.value), member: $0.key.rawValue) },
            connections.map { DeleteKey(key: Self.key($0.key)) }
        )
    }

    /// The connections of each user, in one round trip for all users. Users without connections are absent.
    ///
    /// - Parameter origin: An active connection; it is added first.
    public func connections(
        of users: [UserID],
        refreshing origin: (connection: ConnectionID, user: UserID)? = nil
    ) async throws(RedisError) -> [UserID: [ConnectionID]] {
        let time = time
        let users = Array(Set(users))
        let refresh = Refresh(origin.map { [$0] } ?? [], at: time)
        let members = users.map { SortedSetMembers(key: Self.key($0), minimum: Self.oldest(at: time)) }
        let replies = try await store.pipeline(
            refresh.additions,
            refresh.trims,
            refresh.expiries,
            refresh.owners,
            members
        )
        var connections: [UserID: [ConnectionID]] = [:]
        for (user, members) in zip(users, replies.4) where !members.isEmpty {
            connections[user] = members.map(ConnectionID.init(rawValue:))
        }
        return connections
    }

    private var time: Int64 { Int64(now().timeIntervalSince1970 * 1000) }

    /// The lowest score of a connection that can still be open.
    private static func oldest(at time: Int64) -> Int64 {
        time - Int64(lifetime) * 1000
    }

    // The braces are a hash tag: a Redis cluster keeps all keys with the same tag on one node.
    private static func key(_ user: UserID) -> String { "user:{\(user.rawValue)}:connections" }

    private static func key(_ connection: ConnectionID) -> String { "connection:\(connection.rawValue)" }

    /// The commands that add connections or renew their entries.
    private struct Refresh {
        var additions: [AddToSortedSet]
        var trims: [TrimSortedSet]
        var expiries: [ExpireKey]
        var owners: [SetString]

        init(_ origins: [(connection: ConnectionID, user: UserID)], at time: Int64) {
            additions = origins.map {
                AddToSortedSet(key: key($0.user), member: $0.connection.rawValue, score: time)
            }
            trims = origins.map { TrimSortedSet(key: key($0.user), minimum: oldest(at: time)) }
            expiries = origins.map { ExpireKey(key: key($0.user), seconds: lifetime) }
            owners = origins.map {
                SetString(key: key($0.connection), value: $0.user.rawValue, seconds: lifetime)
            }
        }
    }
}
