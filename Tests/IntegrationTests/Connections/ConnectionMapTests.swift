import ChatCore
import Connections
import FoundationEssentials
import RateLimits
import Redis
import Synchronization
import TestSupport
import Testing

/// The map on a real Redis server.
final class ConnectionMapTests: Sendable {
    let client: RedisClient
    let map: ConnectionMap
    let clock = TestClock()
    // Unique, so that tests can share the server.
    let alice = UserID(rawValue: "alice-\(UUID().uuidString)")
    let bob = UserID(rawValue: "bob {:} %7D \(UUID().uuidString)")
    let a1 = ConnectionID(rawValue: "a1-\(UUID().uuidString)=")
    let a2 = ConnectionID(rawValue: "a2-\(UUID().uuidString)=")
    let b1 = ConnectionID(rawValue: "b1-\(UUID().uuidString)=")

    init() throws {
        client = try RedisClient(url: try RedisTestServer.sharedURL())
        map = ConnectionMap(store: client, now: { [clock] in clock.now })
    }

    /// A connection that opened now.
    private func connection(_ id: ConnectionID, of user: UserID, tokenLifetime: Int = 3600) -> AuthorizedConnection {
        let seconds = Int64(clock.now.timeIntervalSince1970)
        return AuthorizedConnection(
            id: id,
            user: user,
            openedAt: seconds * 1000,
            expiry: seconds + Int64(tokenLifetime)
        )
    }

    private func found(_ users: UserID...) async throws -> [UserID: [ConnectionID]] {
        try await map.connections(of: users).connections
    }

    @Test func findsEveryConnectionOfEveryUser() async throws {
        try await map.enter(connection(a1, of: alice))
        try await map.enter(connection(a2, of: alice))
        try await map.enter(connection(b1, of: bob))
        let found = try await found(alice, bob, alice, UserID(rawValue: "stranger-\(UUID())"))
        #expect(found.mapValues(Set.init) == [alice: [a1, a2], bob: [b1]])
    }

    /// A push does not reach a connection whose token has expired, with the leeway.
    @Test func doesNotFindAConnectionWhoseTokenHasExpired() async throws {
        try await map.enter(connection(a1, of: alice, tokenLifetime: 100))
        try await map.enter(connection(a2, of: alice, tokenLifetime: 200))
        clock.advance(seconds: 160)
        #expect(try await Set(found(alice)[alice] ?? []) == [a1, a2])
        clock.advance(seconds: 1)
        #expect(try await found(alice) == [alice: [a2]])
    }

    @Test func keepsNoConnectionLongerThanAPIGateway() async throws {
        try await map.enter(connection(a1, of: alice, tokenLifetime: 1_000_000))
        clock.advance(seconds: ConnectionMap.lifetime)
        #expect(try await found(alice) == [alice: [a1]])
        clock.advance(seconds: 1)
        #expect(try await found(alice) == [:])
    }

    /// Entering a connection again, with the token that opened it, does not undo an extension.
    @Test func extendsAConnection() async throws {
        let old = connection(a1, of: alice, tokenLifetime: 100)
        try await map.enter(old)
        var new = old
        new.expiry += 1000
        try await map.enter(new)
        try await map.enter(old)
        clock.advance(seconds: 1000)
        #expect(try await found(alice) == [alice: [a1]])
        clock.advance(seconds: 161)
        #expect(try await found(alice) == [:])
    }

    @Test func knowsWhetherAConnectionWasExtended() async throws {
        let old = connection(a1, of: alice, tokenLifetime: 100)
        try await map.enter(old)
        clock.advance(seconds: 161)
        var event = WebSocketEvent.message("{}", from: alice.rawValue, on: a1.rawValue, expiry: old.expiry)
        event.requestContext.connectedAt = old.openedAt
        await expectRefusal(.unauthorized) { _ = try await map.connection(of: event) }

        var new = old
        new.expiry += 1000
        try await map.enter(new)
        #expect(try await map.connection(of: event) == new)
        clock.advance(seconds: 1000)
        // Another process has not remembered the answer.
        for map in [map, ConnectionMap(store: client, now: { [clock] in clock.now })] {
            await expectRefusal(.unauthorized) { _ = try await map.connection(of: event) }
        }
    }

    @Test func removesTheOldestConnectionsInExcess() async throws {
        var ids: [ConnectionID] = []
        for number in 1...5 {
            let id = ConnectionID(rawValue: "\(number)-\(UUID().uuidString)")
            ids.append(id)
            let removed = try await map.enter(connection(id, of: alice), maximum: 3)
            #expect(removed == (number > 3 ? [ids[number - 4]] : []))
            clock.advance(seconds: 1)
        }
        #expect(try await Set(found(alice)[alice] ?? []) == Set(ids.suffix(3)))
        let last = ConnectionID(rawValue: "last-\(UUID().uuidString)")
        #expect(try await map.enter(connection(last, of: alice), maximum: 1) == ids.suffix(3))
        #expect(try await found(alice) == [alice: [last]])
    }

    /// They are still open, but receive nothing more.
    @Test func removesConnectionsWhoseTokenHasExpiredWhenAnotherOpens() async throws {
        try await map.enter(connection(a1, of: alice, tokenLifetime: 100))
        clock.advance(seconds: 161)
        #expect(try await map.enter(connection(a2, of: alice), maximum: 5) == [a1])
        #expect(try await client.send(SortedSetMembers(key: openingKey, minimum: 0)) == [a2.rawValue])
    }

    @Test func setsAnExpiryOnEveryKey() async throws {
        try await map.enter(connection(a1, of: alice))
        for key in [validityKey, openingKey] {
            let seconds = try await client.send(TimeToLive(key: key))
            #expect((ConnectionMap.lifetime - 60...ConnectionMap.lifetime).contains(Int(seconds)))
        }
    }

    @Test func removesAConnection() async throws {
        try await map.enter(connection(a1, of: alice))
        try await map.enter(connection(a2, of: alice))
        try await map.remove(a1, of: alice)
        try await map.remove(b1, of: alice)
        try await map.removeUnlessRecent([:])
        #expect(try await found(alice) == [alice: [a2]])
        #expect(try await client.send(SortedSetMembers(key: openingKey, minimum: 0)) == [a2.rawValue])
    }

    @Test func removesConnectionsThatAreGoneUnlessTheyOpenedRecently() async throws {
        try await map.enter(connection(a1, of: alice))
        clock.advance(seconds: ConnectionMap.grace + 1)
        try await map.enter(connection(a2, of: alice))
        try await map.enter(connection(b1, of: bob))
        try await map.removeUnlessRecent([a1: alice, a2: alice, b1: bob])
        #expect(try await found(alice, bob) == [alice: [a2], bob: [b1]])
        clock.advance(seconds: ConnectionMap.grace + 1)
        try await map.removeUnlessRecent([a2: alice, b1: bob])
        #expect(try await found(alice, bob) == [:])
    }

    @Test func restoresAConnectionAfterAFlush() async throws {
        let server = try RedisTestServer()
        let client = try RedisClient(url: server.url)
        let map = ConnectionMap(store: client, now: { [clock] in clock.now })
        try await map.enter(connection(a1, of: alice))
        _ = try await client.send(AnyCommand("FLUSHALL"))
        #expect(try await map.connections(of: [alice]).connections == [:])

        try await map.enter(connection(a1, of: alice))
        #expect(try await map.connections(of: [alice]).connections == [alice: [a1]])
    }

    @Test func entersAndChargesInTheSameRoundTrip() async throws {
        let charge = TakeToken(key: "rate:{\(alice.rawValue)}:x", limit: RateLimit(1, per: 60), mode: .borrowing)
        let origin = connection(a1, of: alice)
        let first = try await map.connections(of: [alice, bob], entering: origin, charge: charge)
        #expect(first.connections == [alice: [a1]])
        #expect((1...60_000).contains(first.wait))
        #expect(try await map.enter(origin, charge: charge) > first.wait)
    }

    @Test func findsTheConnectionsOfAThousandUsers() async throws {
        let users = (0..<1000).map { UserID(rawValue: "\(alice.rawValue)-\($0)") }
        for user in users {
            try await map.enter(connection(ConnectionID(rawValue: "c-\(user.rawValue)"), of: user))
        }
        let found = try await map.connections(of: users, entering: connection(a1, of: alice)).connections
        #expect(found.count == 1000)
        #expect(users.allSatisfy { found[$0] == [ConnectionID(rawValue: "c-\($0.rawValue)")] })
    }

    private var validityKey: String { "user:{\(alice.rawValue)}:connections" }
    private var openingKey: String { "user:{\(alice.rawValue)}:opened" }
}

final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { time.withLock { $0 } }

    func advance(seconds: Int) {
        time.withLock { $0 += TimeInterval(seconds) }
    }
}
