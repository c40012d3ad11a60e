import Foundation
import Testing

@testable import Redis

/// Opening, reusing, losing and replacing connections.
struct RedisConnectionTests {
    struct ClientID: Command {
        static let isIdempotent = true
        var arguments = ["CLIENT", "ID"]
        static func decode(_ value: RedisValue) throws(RedisError) -> Int64 { try value.integer() }
    }

    /// Not idempotent.
    struct Increment: Command {
        var key: String
        var arguments: [String] { ["INCR", key] }
        static func decode(_ value: RedisValue) throws(RedisError) -> Int64 { try value.integer() }
    }

    @Test func connectionIsReused() async throws {
        let client = try RedisClient(url: try RedisTestServer.sharedURL())
        let id = try await client.send(ClientID())
        #expect(try await client.send(ClientID()) == id)
        await client.close()
        #expect(try await client.send(ClientID()) != id)
    }

    @Test func deadIdleConnectionIsReplaced() async throws {
        let server = try RedisTestServer()
        let client = try RedisClient(url: server.url)
        let killer = try RedisClient(url: server.url)
        for round in 1...3 as ClosedRange<Int64> {
            let id = try await client.send(ClientID())
            #expect(try await killer.send(AnyCommand("CLIENT", "KILL", "ID", "\(id)")) == .integer(1))
            #expect(try await client.send(Increment(key: "count")) == round)
        }
    }

    @Test func connectionIsReplacedAfterATimeout() async throws {
        let server = try RedisTestServer()
        let client = try Self.client(server.url) { $0.commandTimeout = .seconds(1) }
        let id = try await client.send(ClientID())
        let error = await #expect(throws: RedisError.self) { try await client.send(AnyCommand("BLPOP", "none", "30")) }
        #expect(error?.code == .timedOut)
        #expect(try await client.send(ClientID()) != id)
    }

    @Test(arguments: [true, false])
    func onlyIdempotentCommandsAreRetried(isIdempotent: Bool) async throws {
        let server = try DroppingServer()
        let client = try RedisClient(url: "redis://127.0.0.1:\(server.port)")
        if isIdempotent {
            // The server answers on the second connection.
            try await client.send(Ping())
            #expect(server.connections == 2)
        } else {
            let error = await #expect(throws: RedisError.self) { try await client.send(AnyCommand("PING")) }
            #expect(error?.code == .connectionLost)
            #expect(server.connections == 1)
        }
    }

    @Test func unresponsiveServerTimesOut() async throws {
        let listener = try TestListener()
        let client = try Self.client("redis://127.0.0.1:\(listener.port)") { $0.commandTimeout = .milliseconds(50) }
        let error = await #expect(throws: RedisError.self) { try await client.send(Ping()) }
        #expect(error?.code == .timedOut)
    }

    @Test func unansweredTLSHandshakeTimesOut() async throws {
        let listener = try TestListener()
        let client = try Self.client("rediss://127.0.0.1:\(listener.port)") { $0.connectTimeout = .milliseconds(50) }
        let error = await #expect(throws: RedisError.self) { try await client.send(Ping()) }
        #expect(error?.code == .timedOut)
    }

    @Test(arguments: ["redis://127.0.0.1:1", "redis://no.such.host.invalid", "unix:///no/such/socket"])
    func unreachableServerIsReported(url: String) async throws {
        let client = try RedisClient(url: url)
        let error = await #expect(throws: RedisError.self) { try await client.send(Ping()) }
        #expect(error?.code == .connectionFailed)
    }

    @Test func passwordAndDatabaseOfTheURLAreUsed() async throws {
        let server = try RedisTestServer(arguments: ["--requirepass", "p@ss:word/"])
        let url = "unix://:p%40ss%3Aword%2F@\(server.socketPath)"
        try await RedisClient(url: url + "?db=3").send(SetString(key: "key", value: "three", seconds: 60))
        #expect(try await RedisClient(url: url + "?db=3").send(GetString(key: "key")) == "three")
        #expect(try await RedisClient(url: url).send(GetString(key: "key")) == nil)
        let named = "unix://default:p%40ss%3Aword%2F@\(server.socketPath)?db=3"
        #expect(try await RedisClient(url: named).send(GetString(key: "key")) == "three")
    }

    @Test(arguments: ["", "default:wrong@", "unknown:p@"])
    func wrongPasswordIsReported(credentials: String) async throws {
        let server = try RedisTestServer(arguments: ["--requirepass", "password"])
        let client = try RedisClient(url: "unix://\(credentials)\(server.socketPath)")
        for _ in 1...2 {
            let error = await #expect(throws: RedisError.self) { try await client.send(Ping()) }
            #expect(error?.serverCode == (credentials.isEmpty ? "NOAUTH" : "WRONGPASS"))
            #expect(error?.code == (credentials.isEmpty ? .server : .connectionFailed))
        }
    }

    @Test func missingDatabaseIsReported() async throws {
        let server = try RedisTestServer()
        let client = try RedisClient(url: server.url + "?db=99")
        let error = await #expect(throws: RedisError.self) { try await client.send(Ping()) }
        #expect(error?.code == .connectionFailed)
    }

    static func client(
        _ url: String,
        _ configure: (inout RedisClient.Configuration) -> Void
    ) throws -> RedisClient {
        var configuration = try RedisClient.Configuration(url: url)
        configure(&configuration)
        return RedisClient(configuration)
    }
}
