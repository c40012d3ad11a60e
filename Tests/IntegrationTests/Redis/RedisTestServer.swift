import Foundation
import LambdaRuntime
import Testing

@testable import Redis

/// A Redis server for one test that cannot use the shared one: with TLS, with a password, or whose connections are
/// killed.
final class RedisTestServer {
    let directory: URL
    private let process: ChildProcess

    var socketPath: String { directory.appending(path: "redis.sock").path }
    var url: String { "unix://\(socketPath)" }

    /// Starts a server on a Unix domain socket, and returns when it accepts connections.
    /// - Parameter arguments: For `redis-server`; paths are relative to its directory.
    init(directory: URL? = nil, arguments: [String] = []) throws {
        self.directory = try directory ?? Self.makeDirectory()
        process = try ChildProcess(
            [
                "redis-server", "--bind", "127.0.0.1", "127.0.0.2", "--port", "0", "--unixsocket", "redis.sock",
                "--save", "",
            ] + arguments,
            in: self.directory.path
        )
        try #require(process.waitForOutput(containing: "eady to accept connections"))
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    static func makeDirectory() throws -> URL {
        // Short, because the path of a socket has at most 107 bytes.
        let directory = URL(filePath: "/tmp/martlet-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        return directory
    }

    /// The URL of the shared server.
    static func sharedURL() throws -> String {
        try #require(
            Environment.process["REDIS_URL"],
            "Integration tests need a Redis server in REDIS_URL; `make test` starts one."
        )
    }
}

/// Any command, with its raw reply.
struct AnyCommand: Command {
    var arguments: [String]

    init(_ arguments: String...) {
        self.arguments = arguments
    }

    static func decode(_ value: RedisValue) -> RedisValue { value }
}

/// `PING`: fails unless the server answers.
struct Ping: Command {
    static let isIdempotent = true
    var arguments: [String] { ["PING"] }

    static func decode(_ value: RedisValue) throws(RedisError) {
        guard try value.optionalText() == "PONG" else {
            throw RedisError(.decoding, message: "The reply to PING is not PONG.")
        }
    }
}
