public import ChatCore
public import FoundationEssentials
public import Redis

/// Who is connected, and by which connections.
///
/// It lives in Redis: for each user a sorted set of connections, scored by when they were last heard of (ms since the
/// epoch), and for each connection a string with its user. All of it vanishes ``lifetime`` after the last sign of life.
/// Every command touches one key, so that it works on a cluster behind a proxy too. Nothing is lost with it for good:
/// ``add(_:of:)`` at the next heartbeat restores a connection.
public struct ConnectionMap: Sendable {
    /// Seconds. API Gateway ends every connection after two hours.
    ///
    /// [Quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)
    public static let lifetime = 7500

    /// Seconds. A little more than the 29 that an integration may take.
    public static let grace = 30

    private let store: any RedisStore
    private let now: @Sendable () -> Date

    public init(store: any RedisStore, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Notes that a connection is there: when it opens, and again at every sign of life.
    public func add(_ connection: ConnectionID, of user: UserID) async throws(RedisError) {
        let refresh = Refresh([(connection, user)], at: time)
        _ = try await store.pipeline(refresh.additions, refresh.trims, refresh.expiries, refresh.owners)
    }

    /// Forgets a connection. Whatever is not there is none of its concern.
    /// - Parameter user: whose it is; looked up if nil, at the cost of a round trip.
    public func remove(_ connection: ConnectionID, of user: UserID?) async throws(RedisError) {
        var user = user
        if user == nil {
            user = try await store.send(GetString(key: Self.key(connection))).map(UserID.init(rawValue:))
        }
        guard let user else { return }
        try await remove([connection: user])
    }

    /// Forgets connections that a post did not find, but for those heard of in the last ``grace`` seconds.
    ///
    /// API Gateway knows a connection only when its `$connect` is over, and function Connect notes it before that: a
    /// message in between must not make it be forgotten until its next sign of life.
    public func forget(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        let minimum = time - Int64(Self.grace) * 1000
        let recent = Set(
            try await store.pipeline(
                Set(connections.values).map { SortedSetMembers(key: Self.key($0), minimum: minimum) }
            ).joined()
        )
        let forgotten = connections.filter { !recent.contains($0.key.rawValue) }
        if !forgotten.isEmpty { try await remove(forgotten) }
    }

    /// Forgets connections, whose users are known, in one round trip.
    public func remove(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        _ = try await store.pipeline(
            connections.map { RemoveFromSortedSet(key: Self.key($0.value), member: $0.key.rawValue) },
            connections.map { DeleteKey(key: Self.key($0.key)) }
        )
    }

    /// The connections of each of these users, in one round trip however many they are; users without any are absent.
    /// - Parameter origin: a connection that has just shown to be there; it is added first.
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

    /// The least score of a connection that can still be open.
    private static func oldest(at time: Int64) -> Int64 {
        time - Int64(lifetime) * 1000
    }

    // The braces have a cluster keep all that is about one user in one place.
    private static func key(_ user: UserID) -> String { "user:{\(user.rawValue)}:connections" }

    private static func key(_ connection: ConnectionID) -> String { "connection:\(connection.rawValue)" }

    /// The commands that note connections.
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
