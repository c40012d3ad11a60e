import ChildProcesses
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WatchdogTests {
    // Not a shell, which ignores some signals while it starts a command.
    private static let sleeper = ["/bin/sleep", "1000"]

    /// Runs a command and returns how it ended.
    private func run(
        _ command: [String],
        terminationSignal: TerminationSignal,
        watchdog: Watchdog,
        whenStarted: @escaping @Sendable (Int32) -> Void
    ) async throws -> ChildProcess.Exit {
        let output = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let child = ChildProcess(
            executable: command[0],
            arguments: Array(command.dropFirst()),
            environment: ["PATH": "/usr/bin:/bin"],
            terminationSignal: terminationSignal
        )
        return try await child.run(output: output, watchdog: watchdog, started: whenStarted)
    }

    // stop() closes the descriptor that the kernel closes when the process is killed.
    @Test(arguments: [(TerminationSignal.kill, SIGKILL), (.interrupt, SIGINT), (.terminate, SIGTERM)])
    func signalsRegisteredGroupsWhenItsProcessEnds(terminationSignal: TerminationSignal, signal: Int32) async throws {
        let watchdog = try await Watchdog.start()
        let exit = try await run(Self.sleeper, terminationSignal: terminationSignal, watchdog: watchdog) { _ in
            watchdog.stop()
        }
        #expect(exit == .signal(signal))
    }

    @Test func doesNotSignalARemovedGroup() async throws {
        let watchdog = try await Watchdog.start()
        let marker = URL.temporaryDirectory.appending(path: "watchdog-\(UUID().uuidString)")
        let script = "while ! [ -e \(marker.path) ]; do sleep 0.01; done; exit 7"
        let exits = try await withThrowingTaskGroup { group in
            group.addTask {
                try await run(["/bin/sh", "-c", script], terminationSignal: .kill, watchdog: watchdog) { group in
                    watchdog.remove(group: group)
                }
            }
            group.addTask {
                let exit = try await run(Self.sleeper, terminationSignal: .kill, watchdog: watchdog) { _ in }
                // The registered group is dead, so the watchdog has processed its whole list.
                try Data().write(to: marker)
                return exit
            }
            group.addTask {
                try await run(["/bin/sh", "-c", "exit 3"], terminationSignal: .kill, watchdog: watchdog) { _ in }
            }
            var exits: Set<ChildProcess.Exit> = []
            while let exit = try await group.next() {
                exits.insert(exit)
                if exit == .code(3) { watchdog.stop() }
            }
            return exits
        }
        try FileManager.default.removeItem(at: marker)
        #expect(exits == [.code(7), .code(3), .signal(SIGKILL)])
    }

    @Test func reportsWhyAProgramCannotBeStarted() async throws {
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }
        let error = await #expect(throws: ChildProcessError.self) {
            _ = try await ChildProcess(executable: "/nonexistent", environment: [:])
                .run(output: open("/dev/null", O_WRONLY | O_CLOEXEC), watchdog: watchdog) { _ in }
        }
        #expect(error?.description == "/nonexistent cannot be started: no such file or directory")
    }

    @Test func retriesWhileTheExecutableIsOpenForWriting() async throws {
        let folder = try TemporaryDirectory()
        let program = folder.path + "/program"
        try FileManager.default.copyItem(atPath: "/bin/true", toPath: program)
        let writer = open(program, O_WRONLY | O_CLOEXEC)
        try #require(writer >= 0)
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }

        let exit = try await ChildProcess(executable: program, environment: [:]).run(
            output: open("/dev/null", O_WRONLY | O_CLOEXEC),
            watchdog: watchdog,
            whileBusy: { close(writer) },
            started: { _ in }
        )
        #expect(exit == .code(0))
    }
}
