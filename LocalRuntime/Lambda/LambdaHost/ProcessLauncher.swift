import ChildProcesses
import EmulatorCore
import Glibc
import NIOCore

/// Runs the executable of a function with its own Runtime API.
struct ProcessLauncher: Sendable {
    let options: LambdaHost.Options
    let watchdog: Watchdog
    /// The environment of this process, of which functions see a few variables.
    let developerEnvironment: [String: String]

    /// Starts the executable and returns when the process is gone. A failure to start is reported to the process.
    ///
    /// - Parameter executable: Nil to use what is on disk now.
    func run(_ process: ProcessHandle, of function: FunctionConfiguration, executable: ExecutableVersion?) async {
        guard let executable = executable ?? function.executable.resolve() else {
            let document = ErrorDocument.noExecutable(function.executable)
            return process.execute { $0.ended(document) }
        }
        let document: ErrorDocument
        do {
            document = .exit(try await start(process, of: function, executable))
        } catch let error as ChildProcessError {
            document = .cannotStart(error)
        } catch {
            document = ErrorDocument(type: "Sandbox.Failure", message: String(describing: error))
        }
        try? await process.eventLoop.submit { process.onLoop.ended(document) }.get()
    }

    private func start(
        _ process: ProcessHandle,
        of function: FunctionConfiguration,
        _ executable: ExecutableVersion
    ) async throws -> ChildProcess.Exit {
        let listener = try await RuntimeAPIServer.bind(for: process)
        guard let pipe = ProcessOutput.makePipe(), let port = listener.localAddress?.port else {
            listener.close(promise: nil)
            throw IOError(errnoCode: errno, reason: "pipe")
        }
        try await process.eventLoop.submit { process.onLoop.prepare(listener: listener, output: pipe.read) }.get()
        let environment = FunctionEnvironment(
            of: function,
            options: options,
            runtimeAPI: "127.0.0.1:\(port)",
            logStream: FunctionEnvironment.logStream(at: .now),
            developer: developerEnvironment
        )
        let child = ChildProcess(
            executable: executable.path,
            environment: environment.variables,
            workingDirectory: function.taskRoot
        )
        return try await child.run(output: pipe.write, watchdog: watchdog) { processID in
            process.execute { $0.spawned(processID) }
        }
    }
}
