import ChatCore
import Connections
import FoundationEssentials
import Redis
import Synchronization
import Testing

/// The map on a real Redis server.
final class ConnectionMapTests: Sendable {
    let client: RedisClient
    let map: ConnectionMap
    let clock = TestClock()
    // Unique, so that tests can share the server.
    let alice = UserID(rawValue: "alice-\(UUID().uuidString)")
    let bob = UserID(rawValue: "bob {:} \(UUID().uuidString)")
    let a1 = ConnectionID(rawValue: "a1-\(UUID().uuidString)=")
    let a2 = ConnectionID(rawValue: "a2-\(UUID().uuidString)=")
    let b1 = ConnectionID(rawValue: "b1-\(UUID().uuidString)=")

    init() throws {
        client = try RedisClient(url: try RedisTestServer.sharedURL())
        map = ConnectionMap(store: client, now: { [clock] in clock.now })
    }

    @Test func findsEveryConnectionOfEveryUser() async throws {
        try await map.add(a1, of: alice)
        try await map.add(a2, of: alice)
        try await map.add(b1, of: bob)
        let found = try await map.connections(of: [alice, bob, alice, UserID(rawValue: "stranger-\(UUID())")])
        #expect(found.mapValues(Set.init) == [alice: [a1, a2], bob: [b1]])
    }

    @Test func renewsAnEntryThatIsAddedAgain() async throws {
        try await map.add(a1, of: alice)
        clock.advance(seconds: 7000)
        try await map.add(a1, of: alice)
        clock.advance(seconds: 7000)
        #expect(try await map.connections(of: [alice]) == [alice: [a1]])
    }

    @Test func doesNotFindAnExpiredConnection() async throws {
        try await map.add(a1, of: alice)
        clock.advance(seconds: ConnectionMap.lifetime + 1)
        #expect(try await map.connections(of: [alice]) == [:])
        // Adding the next one removes it.
        try await map.add(a2, of: alice)
        #expect(try await client.send(SortedSetMembers(key: key(alice), minimum: 0)) == [a2.rawValue])
    }

    @Test func setsAnExpiryOnEveryKey() async throws {
        try await map.add(a1, of: alice)
        for key in [key(alice), key(a1)] {
            let seconds = try await client.send(TimeToLive(key: key))
            #expect((ConnectionMap.lifetime - 60...ConnectionMap.lifetime).contains(Int(seconds)))
        }
    }

    @Test(arguments: [true, false])
    func removesAConnectionWithOrWithoutItsUser(isUserKnown: Bool) async throws {
        try await map.add(a1, of: alice)
        try await map.add(a2, of: alice)
        try await map.remove(a1, of: isUserKnown ? alice : nil)
        #expect(try await map.connections(of: [alice]) == [alice: [a2]])
        #expect(try await client.send(GetString(key: key(a1))) == nil)
    }

    @Test func ignoresTheRemovalOfAnUnknownConnection() async throws {
        try await map.remove(a1, of: nil)
        try await map.remove(a1, of: alice)
        try await map.removeUnlessRecent([:])
        try await map.add(a1, of: alice)
        _ = try await client.send(DeleteKey(key: key(a1)))
        try await map.remove(a1, of: nil)
        #expect(try await map.connections(of: [alice]) == [alice: [a1]])
        try await map.remove(a1, of: alice)
        #expect(try await map.connections(of: [alice]) == [:])
    }

    @Test func removesConnectionsThatAreGoneUnlessRecentlyActive() async throws {
        try await map.add(a1, of: alice)
        clock.advance(seconds: ConnectionMap.grace + 1)
        try await map.add(a2, of: alice)
        try await map.add(b1, of: bob)
        try await map.removeUnlessRecent([a1: alice, a2: alice, b1: bob])
        #expect(try await map.connections(of: [alice, bob]) == [alice: [a2], bob: [b1]])
        clock.advance(seconds: ConnectionMap.grace + 1)
        try await map.removeUnlessRecent([a2: alice, b1: bob])
        #expect(try await map.connections(of: [alice, bob]) == [:])
        #expect(try await client.send(GetString(key: key(b1))) == nil)
    }

    @Test func restoresAConnectionAfterAFlush() async throws {
        let server = try RedisTestServer()
        let client = try RedisClient(url: server.url)
        let map = ConnectionMap(store: client)
        try await map.add(a1, of: alice)
        _ = try await client.send(AnyCommand("FLUSHALL"))
        #expect(try await map.connections(of: [alice]) == [:])

        try await map.add(a1, of: alice)
        #expect(try await map.connections(of: [alice]) == [alice: [a1]])
        try await map.remove(a1, of: nil)
        #expect(try await map.connections(of: [alice]) == [:])
    }

    @Test func findsARenewedConnectionInTheSameRoundTrip() async throws {
        let found = try await map.connections(of: [alice, bob], refreshing: (a1, alice))
        #expect(found == [alice: [a1]])
        #expect(try await client.send(GetString(key: key(a1))) == alice.rawValue)
    }

    @Test func findsTheConnectionsOfAThousandUsers() async throws {
        let users = (0..<1000).map { UserID(rawValue: "\(alice.rawValue)-\($0)") }
        for user in users { try await map.add(ConnectionID(rawValue: "c-\(user.rawValue)"), of: user) }
        let found = try await map.connections(of: users, refreshing: (a1, alice))
        #expect(found.count == 1000)
        #expect(users.allSatisfy { found[$0] == [ConnectionID(rawValue: "c-\($0.rawValue)")] })
    }

    private func key(_ user: UserID) -> String { "user:{\(user.rawValue)}:connections" }
    private func key(_ connection: ConnectionID) -> String { "connection:\(connection.rawValue)" }
}

final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { time.withLock { $0 } }

    func advance(seconds: Int) {
        time.withLock { $0 += TimeInterval(seconds) }
    }
}
