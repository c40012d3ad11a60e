import ChildProcesses
import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import BackingServices

@Suite(.timeLimit(.minutes(2)))
struct LocalServicesTests {
    /// What the services said, and a way to wait for it.
    private final class Progress: Sendable {
        private let stream = AsyncStream<String>.makeStream()

        func take(_ text: String) { stream.continuation.yield(text) }

        func wait(for text: String) async {
            for await line in stream.stream where line == text { return }
        }
    }

    private func newFolder() -> String {
        URL(filePath: "/tmp").appending(path: "services-\(UUID().uuidString.prefix(8))").path
    }

    private func withServices(
        in folder: String,
        wanted: Set<LocalServices.Service> = [.postgres, .redis],
        _ body: (LocalServices, Progress) async throws -> Void
    ) async throws {
        let watchdog = try await Watchdog.start()
        let progress = Progress()
        defer { watchdog.stop() }
        let services = try await LocalServices.start(
            dataDirectory: folder,
            watchdog: watchdog,
            wanted: wanted,
            searchPath: ProcessInfo.processInfo.environment["PATH"]
        ) { progress.take($0) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(services, progress))
        } catch {
            result = .failure(error)
        }
        await services.stop()
        try result.get()
    }

    /// What a program prints, or why it cannot be run.
    private func output(of program: String, _ arguments: [String]) async -> String {
        do {
            let result = try await run(
                program.contains("/") ? .path(FilePath(program)) : .name(program),
                arguments: Arguments(arguments),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            return String(describing: error)
        }
    }

    private func query(_ services: LocalServices, _ sql: String) async -> String {
        let programs = try? Programs.postgres(version: nil, path: ProcessInfo.processInfo.environment["PATH"])
        return await output(of: "\(programs ?? "")/psql", ["-XAtq", "-c", sql, services.databaseURL ?? ""])
    }

    private func redis(_ services: LocalServices, _ command: String) async -> String {
        let path = URL(string: services.redisURL ?? "")?.path ?? ""
        return await output(of: "redis-cli", ["-s", path] + command.split(separator: " ").map(String.init))
    }

    @Test func keepsWhatIsStoredFromRunToRun() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withServices(in: folder) { services, _ in
            #expect(await query(services, "CREATE TABLE t AS SELECT 'kept: é' AS x") == "")
            #expect(await query(services, "SHOW fsync") == "on")
            #expect(await query(services, "SELECT current_database() || ' ' || current_user") == "app app")
            #expect(await query(services, "SHOW server_encoding") == "UTF8")
            #expect(await redis(services, "PING") == "PONG")
        }
        try await withServices(in: folder) { services, _ in
            #expect(await query(services, "SELECT x FROM t") == "kept: é")
        }
    }

    @Test func recoversFromTheDeathOfEitherServer() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withServices(in: folder) { services, progress in
            #expect(await query(services, "CREATE TABLE t AS SELECT 1 AS x") == "")
            for (service, name) in [(LocalServices.Service.postgres, "Postgres"), (.redis, "Redis")] {
                let processID = try #require(await services.processID(of: service))
                kill(processID, SIGKILL)
                await progress.wait(for: "\(name) is ready again")
                #expect(await services.processID(of: service) != processID)
            }
            #expect(await query(services, "SELECT x FROM t") == "1")
            #expect(await redis(services, "PING") == "PONG")
        }
    }

    @Test func restartsAServerWhenAsked() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withServices(in: folder, wanted: [.postgres]) { services, _ in
            #expect(services.redisURL == nil)
            let processID = await services.processID(of: .postgres)
            try await services.restart(.postgres)
            #expect(await services.processID(of: .postgres) != processID)
            #expect(await query(services, "SELECT 1") == "1")
        }
    }

    @Test func leavesNoProcessBehind() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var processes: [Int32] = []
        try await withServices(in: folder) { services, _ in
            for service in LocalServices.Service.allCases {
                processes.append(try #require(await services.processID(of: service)))
            }
        }
        #expect(processes.count == 2)
        for process in processes { #expect(!isAlive(process)) }
    }

    @Test func allowsOneRuntimeADirectoryAndManyDirectories() async throws {
        let folders = [newFolder(), newFolder()]
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        try await withServices(in: folders[0], wanted: [.redis]) { first, _ in
            let error = await #expect(throws: LocalServicesError.self) {
                try await withServices(in: folders[0], wanted: [.redis]) { _, _ in }
            }
            #expect(error?.code == .directoryInUse)
            #expect(error?.message.contains("(process \(getpid())) uses the data directory \(folders[0])") == true)
            try await withServices(in: folders[1], wanted: [.redis]) { second, _ in
                #expect(await redis(first, "SET a 1") == "OK")
                #expect(await redis(second, "GET a") == "")
            }
        }
    }

    @Test func findsShortNamesForSocketsInADeepDirectory() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let deep = folder + "/" + String(repeating: "a", count: 100)
        try await withServices(in: deep, wanted: [.redis]) { services, _ in
            #expect(await redis(services, "PING") == "PONG")
        }
    }

    @Test func saysWhichPackageIsMissing() throws {
        let error = #expect(throws: LocalServicesError.self) {
            _ = try Programs.postgres(version: 9, path: nil)
        }
        #expect(error?.code == .missingProgram)
        #expect(error?.message.contains("apt-get install postgresql-9") == true)
    }

    @Test func saysWhyAServerDoesNotStart() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withServices(in: folder, wanted: [.redis]) { _, _ in }
        let manifest = folder + "/redis/appendonlydir/appendonly.aof.manifest"
        try Data("nonsense\n".utf8).write(to: URL(filePath: manifest))
        let error = await #expect(throws: LocalServicesError.self) {
            try await withServices(in: folder, wanted: [.redis]) { _, _ in }
        }
        #expect(error?.code == .serverFailed)
        #expect(error?.message.contains("Redis does not start: ended with status 1") == true)
        #expect(error?.message.contains("AOF manifest") == true)
    }
}
