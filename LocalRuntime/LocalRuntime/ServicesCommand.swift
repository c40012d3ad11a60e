import ArgumentParser
import ChildProcesses
import Foundation
import Subprocess
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
        let result = try await Subprocess.run(
            .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit.updating([
                "DATABASE_URL": services.databaseURL,
                "REDIS_URL": services.redisURL,
            ]),
            input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
            output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        )
        await services.stop()
        switch result.terminationStatus {
        case .exited(let code): throw ExitCode(code)
        case .signaled(let signal): throw ExitCode(128 + signal)
        }
    }
}
