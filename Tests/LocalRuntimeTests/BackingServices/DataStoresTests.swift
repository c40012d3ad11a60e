import ChildProcesses
import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import BackingServices

@Suite(.timeLimit(.minutes(2)))
struct DataStoresTests {
    /// Collects the messages of the servers.
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

    private func withStores(
        in folder: String,
        _ kinds: Set<DataStores.Store> = [.postgres, .redis],
        _ body: (DataStores, Progress) async throws -> Void
    ) async throws {
        let watchdog = try await Watchdog.start()
        let progress = Progress()
        defer { watchdog.stop() }
        let stores = try await DataStores.start(
            kinds,
            dataDirectory: folder,
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""],
            watchdog: watchdog
        ) { progress.take($0) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(stores, progress))
        } catch {
            result = .failure(error)
        }
        await stores.stop()
        try result.get()
    }

    /// The output of a program, or the reason why it cannot be run.
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

    private func query(_ stores: DataStores, _ sql: String) async -> String {
        await psql(sql, stores.databaseURL ?? "")
    }

    private func psql(_ sql: String, _ url: String) async -> String {
        let programs = try? Programs.postgres(version: nil, path: ProcessInfo.processInfo.environment["PATH"])
        return await output(of: "\(programs ?? "")/psql", ["-XAtq", "-c", sql, url])
    }

    private func redis(_ stores: DataStores, _ command: String) async -> String {
        let path = URL(string: stores.redisURL ?? "")?.path ?? ""
        return await output(of: "redis-cli", ["-s", path] + command.split(separator: " ").map(String.init))
    }

    @Test func keepsDataFromRunToRun() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withStores(in: folder) { stores, _ in
            #expect(await query(stores, "CREATE TABLE t AS SELECT 'kept: é' AS x") == "")
            #expect(await query(stores, "SHOW fsync") == "on")
            #expect(await query(stores, "SELECT current_database() || ' ' || current_user") == "app app")
            #expect(await query(stores, "SHOW server_encoding") == "UTF8")
            #expect(await redis(stores, "PING") == "PONG")
        }
        try await withStores(in: folder) { stores, _ in
            #expect(await query(stores, "SELECT x FROM t") == "kept: é")
        }
    }

    /// A database that is created later is closed too.
    @Test func closesOtherDatabasesToTheFunctionsUser() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withStores(in: folder, [.postgres]) { stores, _ in
            for statement in ["CREATE ROLE app_functions LOGIN", "CREATE DATABASE later"] {
                #expect(await query(stores, statement) == "")
            }
            let url = try #require(stores.functionDatabaseURL)
            #expect(await psql("SELECT current_user || ' ' || current_database()", url) == "app_functions app")
            for other in ["later", "postgres", "template1"] {
                let answer = await psql("SELECT 1", url.replacing("/app?", with: "/\(other)?"))
                #expect(answer.contains("pg_hba.conf rejects connection"), "\(other): \(answer)")
            }
        }
    }

    @Test func restartsAServerThatWasKilled() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withStores(in: folder) { stores, progress in
            #expect(await query(stores, "CREATE TABLE t AS SELECT 1 AS x") == "")
            for (store, name) in [(DataStores.Store.postgres, "Postgres"), (.redis, "Redis")] {
                let processID = try #require(await stores.processID(of: store))
                kill(processID, SIGKILL)
                await progress.wait(for: "\(name) is ready again")
                #expect(await stores.processID(of: store) != processID)
            }
            #expect(await query(stores, "SELECT x FROM t") == "1")
            #expect(await redis(stores, "PING") == "PONG")
        }
    }

    @Test func startsOnlyTheRequestedServers() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withStores(in: folder, [.redis]) { stores, _ in
            #expect(stores.databaseURL == nil)
            #expect(await stores.health().map(\.name) == ["redis"])
        }
    }

    @Test func startsNoServerThatTheEnvironmentNames() async throws {
        let folder = newFolder()
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }
        let stores = try await DataStores.start(
            dataDirectory: folder,
            environment: ["DATABASE_URL": "postgresql://db.test/app", "REDIS_URL": "redis://cache.test"],
            watchdog: watchdog
        ) { Issue.record("\($0)") }
        #expect(stores.databaseURL == "postgresql://db.test/app")
        #expect(stores.functionDatabaseURL == "postgresql://db.test/app")
        #expect(stores.redisURL == "redis://cache.test")
        #expect(await stores.health().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func leavesNoProcessBehind() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var processes: [Int32] = []
        try await withStores(in: folder) { stores, _ in
            for store in DataStores.Store.allCases {
                processes.append(try #require(await stores.processID(of: store)))
            }
        }
        #expect(processes.count == 2)
        for process in processes { #expect(!isAlive(process)) }
    }

    @Test func locksOnlyItsOwnDirectory() async throws {
        let folders = [newFolder(), newFolder()]
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        try await withStores(in: folders[0], [.redis]) { first, _ in
            let error = await #expect(throws: DataStoreError.self) {
                try await withStores(in: folders[0], [.redis]) { _, _ in }
            }
            #expect(error?.code == .directoryInUse)
            #expect(error?.message.contains("(process \(getpid())) uses the data directory \(folders[0])") == true)
            try await withStores(in: folders[1], [.redis]) { second, _ in
                #expect(await redis(first, "SET a 1") == "OK")
                #expect(await redis(second, "GET a") == "")
            }
        }
    }

    @Test func keepsTheSocketsOfALongPathElsewhere() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let deep = folder + "/" + String(repeating: "a", count: 100)
        try await withStores(in: deep, [.redis]) { stores, _ in
            #expect(await redis(stores, "PING") == "PONG")
        }
    }

    @Test func namesTheMissingPackage() throws {
        let error = #expect(throws: DataStoreError.self) {
            _ = try Programs.postgres(version: 9, path: nil)
        }
        #expect(error?.code == .missingProgram)
        #expect(error?.message.contains("apt-get install postgresql-9") == true)
    }

    @Test func quotesTheLogOfAServerThatDoesNotStart() async throws {
        let folder = newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withStores(in: folder, [.redis]) { _, _ in }
        let manifest = folder + "/redis/appendonlydir/appendonly.aof.manifest"
        try Data("nonsense\n".utf8).write(to: URL(filePath: manifest))
        let error = await #expect(throws: DataStoreError.self) {
            try await withStores(in: folder, [.redis]) { _, _ in }
        }
        #expect(error?.code == .serverFailed)
        #expect(error?.message.contains("Redis does not start: ended with status 1") == true)
        #expect(error?.message.contains("AOF manifest") == true)
    }
}
