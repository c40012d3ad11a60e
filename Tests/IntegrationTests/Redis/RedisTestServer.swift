import Foundation
import LambdaRuntime
import Testing

@testable import Redis

/// A Redis of one test's own, when it needs one that the others do not share: with TLS, with a password, or to flush.
final class RedisTestServer {
    let directory: URL
    private let process: ChildProcess

    var socketPath: String { directory.appending(path: "redis.sock").path }
    var url: String { "unix://\(socketPath)" }

    /// Starts a server on a Unix domain socket, and returns when it answers.
    /// - Parameter arguments: for `redis-server`, relative to its directory.
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
        // Short, because the path of a socket is at most 107 bytes long.
        let directory = URL(filePath: "/tmp/martlet-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        return directory
    }

    /// The shared server.
    static func sharedURL() throws -> String {
        try #require(
            Environment.process["REDIS_URL"],
            "Integration tests need a Redis server in REDIS_URL; `make test` starts one."
        )
    }
}

/// Any command without a reply that matters.
struct AnyCommand: Command {
    var arguments: [String]

    init(_ arguments: String...) {
        self.arguments = arguments
    }

    static func decode(_ value: RedisValue) -> RedisValue { value }
}
