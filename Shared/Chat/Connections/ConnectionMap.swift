public import ChatCore
public import FoundationEssentials
public import RateLimits
public import Redis

/// The connected users and their connections.
///
/// The map is kept in Redis: for each user a sorted set of connections, scored by the time until which they are valid
/// (milliseconds since 1970), and another one, scored by the time at which they opened. A connection is valid until its
/// user's token expires, and never longer than ``lifetime``. Losing the map is harmless: every action of a connection
/// enters it again.
public struct ConnectionMap: Sendable {
    /// How long a connection is kept after it opened, in seconds. API Gateway closes every connection after two hours.
    ///
    /// [Quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)
    public static let lifetime = 7500

    /// How long ``removeUnlessRecent(_:)`` spares a connection after it opened, in seconds: a little more than the 29
    /// seconds that an integration may take.
    public static let grace = 30

    let store: any RedisStore
    let now: @Sendable () -> Date
    let extensions = KnownExtensions()

    public init(store: any RedisStore, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.now = now
    }

    /// Enters a connection.
    public func enter(_ connection: AuthorizedConnection) async throws(RedisError) {
        _ = try await store.send(entry(connection))
    }

    /// Enters a new connection, and removes the user's oldest ones if there are more than `maximum`. Returns those, which
    /// have to be closed.
    public func enter(
        _ connection: AuthorizedConnection,
        maximum: Int
    ) async throws(RedisError) -> [ConnectionID] {
        var entry = entry(connection)
        entry.maximum = maximum
        let removed = try await store.send(entry).filter { $0 != connection.id.rawValue }
        return removed.map(ConnectionID.init(rawValue:))
    }

    /// Enters a connection and charges its user, in one round trip. Returns the reply to the charge, or 0.
    public func enter(_ connection: AuthorizedConnection, charge: TakeToken?) async throws(RedisError) -> Int {
        try await store.pipeline([entry(connection)], charge.map { [$0] } ?? []).1.first ?? 0
    }

    /// Removes a connection; does nothing if it is not in the map.
    public func remove(_ connection: ConnectionID, of user: UserID) async throws(RedisError) {
        try await remove([connection: user])
    }

    /// Removes connections that API Gateway reported as gone, except those that opened in the last ``grace`` seconds.
    ///
    /// The function Connect enters a connection before API Gateway has finished opening it. A push in between is answered
    /// as if the connection were gone, and must not remove it.
    public func removeUnlessRecent(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        let minimum = time - Int64(Self.grace) * 1000
        let recent = Set(
            try await store.pipeline(
                Set(connections.values).map { SortedSetMembers(key: Self.openingKey($0), minimum: minimum) }
            ).joined()
        )
        let gone = connections.filter { !recent.contains($0.key.rawValue) }
        if !gone.isEmpty { try await remove(gone) }
    }

    /// Removes connections with their users, in one round trip.
    private func remove(_ connections: [ConnectionID: UserID]) async throws(RedisError) {
        _ = try await store.pipeline(
            connections.map { RemoveFromSortedSet(key: Self.validityKey($0.value), member: $0.key.rawValue) },
            connections.map { RemoveFromSortedSet(key: Self.openingKey($0.value), member: $0.key.rawValue) }
        )
    }

    /// The valid connections of each user, in one round trip for all users. Users without connections are absent.
    ///
    /// - Parameters:
    ///   - origin: An active connection; it is entered first.
    ///   - charge: Is carried out in the same round trip. `wait` is its reply, or 0.
    public func connections(
        of users: [UserID],
        entering origin: AuthorizedConnection? = nil,
        charge: TakeToken? = nil
    ) async throws(RedisError) -> (connections: [UserID: [ConnectionID]], wait: Int) {
        let time = time
        let users = Array(Set(users))
        let members = users.map { SortedSetMembers(key: Self.validityKey($0), minimum: time) }
        let replies = try await store.pipeline(
            origin.map { [entry($0)] } ?? [],
            charge.map { [$0] } ?? [],
            members
        )
        var connections: [UserID: [ConnectionID]] = [:]
        for (user, members) in zip(users, replies.2) where !members.isEmpty {
            connections[user] = members.map(ConnectionID.init(rawValue:))
        }
        return (connections, replies.1.first ?? 0)
    }

    var time: Int64 { Int64(now().timeIntervalSince1970 * 1000) }

    private func entry(_ connection: AuthorizedConnection) -> EnterConnection {
        let user = connection.user
        return EnterConnection(
            validityKey: Self.validityKey(user),
            openingKey: Self.openingKey(user),
            connection: connection.id.rawValue,
            validUntil: connection.validUntil,
            openedAt: connection.openedAt,
            now: time,
            lifetime: Self.lifetime
        )
    }

    static func validityKey(_ user: UserID) -> String { "user:{\(tag(user))}:connections" }
    private static func openingKey(_ user: UserID) -> String { "user:{\(tag(user))}:opened" }

    // The braces are a hash tag: a Redis cluster keeps all keys with the same tag on one node. A tag ends at its first
    // closing brace.
    private static func tag(_ user: UserID) -> String {
        let name = user.rawValue
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "%") }) else { return name }
        return name.replacing("%", with: "%25").replacing("}", with: "%7D")
    }
}

extension AuthorizedConnection {
    /// Until when pushes go to the connection, in milliseconds since 1970.
    var validUntil: Int64 {
        let lifetime = openedAt / 1000 + Int64(ConnectionMap.lifetime)
        return min(max(expiry, 0), lifetime - Self.leeway) * 1000 + Self.leeway * 1000
    }
}
