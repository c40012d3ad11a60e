import ArgumentParser
import ChildProcesses
import Foundation
import Subprocess
import Synchronization
import SystemPackage

struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Runs a command beside a private Postgres and Redis.",
        discussion: """
            The command finds them in DATABASE_URL and REDIS_URL, and they stop when it ends. With these variables \
            set already, nothing is started and the command is run with them.
            """
    )

    @Option(help: "Where Postgres and Redis keep their data.")
    var dataDir = ".local"

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String]

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("Name a command after --.") }
    }

    func run() async throws {
        let terminal = Terminal()
        defer { terminal.flush() }
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }
        let services: Databases
        do throws(StartFailure) {
            services = try await Databases.start(
                dataDirectory: URL(fileURLWithPath: dataDir).standardizedFileURL,
                watchdog: watchdog,
                terminal: terminal
            )
        } catch {
            terminal.fail(error.message)
            throw ExitCode.failure
        }
        let signals = SignalForwarder(SIGTERM)
        let result = try await Subprocess.run(
            command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit.updating([
                "DATABASE_URL": services.databaseURL,
                "REDIS_URL": services.redisURL,
            ]),
            input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
            output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        ) { execution in
            signals.forward(to: execution.processIdentifier.value)
        }
        await services.stop()
        switch result.terminationStatus {
        case .exited(let code): throw ExitCode(code)
        case .signaled(let signal): throw ExitCode(128 + signal)
        }
    }
}

/// Passes on to the command what is sent to this process alone; a Ctrl-C goes to the command by itself.
private final class SignalForwarder: Sendable {
    private let processID = Atomic<pid_t>(0)
    // The queue of the signal is its only user.
    nonisolated(unsafe) private let source: any DispatchSourceSignal

    init(_ number: Int32) {
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [unowned self] in
            let processID = processID.load(ordering: .relaxed)
            if processID > 0 { kill(processID, number) }
        }
        source.activate()
    }

    deinit { source.cancel() }

    func forward(to processID: pid_t) { self.processID.store(processID, ordering: .relaxed) }
}
