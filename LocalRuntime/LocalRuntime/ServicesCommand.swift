import ArgumentParser
import BackingServices
import ChildProcesses
import Foundation
import Subprocess
import Synchronization
import SystemPackage

struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Runs a command with a private Postgres and Redis.",
        discussion: """
            The command gets their URLs in DATABASE_URL and REDIS_URL, and they stop when it ends. A server whose \
            variable is set already is not started.
            """
    )

    @Option(help: "The directory for the data of Postgres and Redis.")
    var dataDir = ".local"

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String]

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("Give a command after --.") }
    }

    func run() async throws {
        let terminal = Terminal()
        defer { terminal.flush() }
        let watchdog = try await Watchdog.start()
        defer { watchdog.stop() }
        let stores: DataStores
        do throws(StartFailure) {
            stores = try await DataStores.start(
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
                "DATABASE_URL": stores.databaseURL,
                "REDIS_URL": stores.redisURL,
            ]),
            input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
            output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        ) { execution in
            signals.forward(to: execution.processIdentifier.value)
        }
        await stores.stop()
        switch result.terminationStatus {
        case .exited(let code): throw ExitCode(code)
        case .signaled(let signal): throw ExitCode(128 + signal)
        }
    }
}

/// Forwards a signal to the command. Not needed for Ctrl-C, which the terminal sends to both processes.
private final class SignalForwarder: Sendable {
    private let processID = Atomic<pid_t>(0)
    // Used only on the queue of the signal source.
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
