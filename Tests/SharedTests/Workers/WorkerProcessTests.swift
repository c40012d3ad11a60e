import BlockingIO
import FoundationEssentials
import Glibc
import Images
import Testing

@testable import Workers

/// Programs that behave as workers do when something is wrong.
@Suite(.serialized) struct WorkerProcessTests {
    @Test(arguments: [
        ("exit 77", WorkerError.Code.noSandbox), ("exit 78", .noSandbox), ("exit 1", .ended),
        ("kill -SEGV $$", .ended), ("kill -SYS $$", .ended), ("kill -ALRM $$", .timedOut),
        ("kill -ABRT $$", .ended), ("kill -BUS $$", .ended), ("kill -ILL $$", .ended), ("kill -FPE $$", .ended),
        ("kill -TRAP $$", .ended), ("kill -XCPU $$", .ended), ("kill -XFSZ $$", .ended),
        ("kill -KILL $$", .killed), ("kill -TERM $$", .killed), ("kill -INT $$", .killed), ("kill -HUP $$", .killed),
        ("sleep 10 >&0", .timedOut),
    ])
    func saysWhyThereIsNoReply(script: String, code: WorkerError.Code) async throws {
        let error = try #require(try failure(of: script))
        #expect(error.code == code)
    }

    @Test func namesTheMissingFilter() throws {
        #expect(try #require(try failure(of: "exit 78")).message.contains("no filter"))
        #expect(try #require(try failure(of: "exit 77")).message.contains("another user"))
    }

    private func failure(of script: String) throws -> WorkerError? {
        try withProgram(script) { path in
            do {
                let process = try WorkerProcess(executable: path)
                _ = try process.receive(1, until: Deadline(after: .seconds(script.hasPrefix("sleep") ? 1 : 20)))
                return nil
            } catch {
                return error as? WorkerError
            }
        }
    }

    @Test func imagesAreUnavailableWithoutTheSandbox() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "worker").path
        try write("exit 78", to: path)
        let resizer = ImageResizer(executable: path)
        let error = await #expect(throws: ImageError.self) {
            try await resizer.resize([1], to: ImageVariant(format: .png), until: Deadline(after: .seconds(20)))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("filter") == true)
    }

    @Test func blamesNoImageForAWorkerThatIsKilledAgainAndAgain() async throws {
        let path = try withProgram("kill -KILL $$", keepsFile: true) { $0 }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let resizer = ImageResizer(executable: path)
        let error = await #expect(throws: ImageError.self) {
            try await resizer.resize([1], to: ImageVariant(format: .png), until: Deadline(after: .seconds(20)))
        }
        #expect(error?.code == .interrupted)
    }

    @Test func replacesAWorkerThatIsKilledOnce() async throws {
        // The second start becomes the worker, which refuses the bytes.
        let script =
            "if mkdir $0.once 2>/dev/null; then kill -KILL $$; fi; exec \(WorkerProcess.path(of: "ImageWorker"))"
        let path = try withProgram(script, keepsFile: true) { $0 }
        try? FileManager.default.removeItem(atPath: path + ".once")
        defer { for name in [path, path + ".once"] { try? FileManager.default.removeItem(atPath: name) } }
        let resizer = ImageResizer(executable: path)
        let error = await #expect(throws: ImageError.self) {
            try await resizer.resize([1], to: ImageVariant(format: .png), until: Deadline(after: .seconds(20)))
        }
        #expect(error?.code == .unreadable)
        #expect(FileManager.default.fileExists(atPath: path + ".once"))
    }

    @Test func hidesItsParent() {
        #expect(ParentProcess.hide())
    }

    @Test func hasNoEnvironment() throws {
        let reply = try withProgram("exec 3>&0; tr '\\0' '\\n' < /proc/$$/environ | wc -l >&3") { path in
            try WorkerProcess(executable: path).receive(1, until: Deadline(after: .seconds(20)))
        }
        #expect(reply == Array("0".utf8))
    }

    @Test func forgetsVariablesInPlace() throws {
        setenv("WORKER_TEST_SECRET", "hidden", 1)
        let value = try #require(getenv("WORKER_TEST_SECRET"))
        ParentProcess.forgetVariables(["WORKER_TEST_SECRET", "WORKER_TEST_MISSING"])
        #expect(getenv("WORKER_TEST_SECRET") == nil)
        // The memory of the variable, which `/proc/<pid>/environ` shows for variables of the start.
        #expect((0..<6).allSatisfy { value[$0] == 0 })
    }
}

/// Runs a shell script as a worker; its standard input is the socket.
private func withProgram<Result>(
    _ script: String,
    keepsFile: Bool = false,
    _ body: (String) throws -> Result
) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "worker-\(UUID().uuidString)").path
    try write(script, to: path)
    defer { if !keepsFile { try? FileManager.default.removeItem(atPath: path) } }
    return try body(path)
}

private func write(_ script: String, to path: String) throws {
    let created = FileManager.default.createFile(
        atPath: path,
        contents: Data("#!/bin/sh\n\(script)\n".utf8),
        attributes: [.posixPermissions: 0o755]
    )
    try #require(created)
    while !canStart(path) { sched_yield() }
}

/// A child that another test forked while the file was written has it open until it executes its program; until then the
/// system refuses to execute the file.
private func canStart(_ path: String) -> Bool {
    do {
        try WorkerProcess(executable: path).end()
        return true
    } catch {
        return !error.message.hasSuffix("error \(ETXTBSY)")
    }
}
