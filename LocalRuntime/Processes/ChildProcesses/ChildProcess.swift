import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A program to run as a child process, in its own process group.
///
/// A Ctrl-C in the terminal does not reach the group. A signal to the group also reaches the processes that the child
/// has started, for example the `curl` that a shell script waits for.
public struct ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Sendable, Hashable {
        case code(Int32)
        case signal(Int32)
    }

    /// The user that a process runs as.
    public struct User: Sendable, Hashable {
        public var userID: UInt32
        public var groupID: UInt32

        public init(userID: UInt32, groupID: UInt32) {
            self.userID = userID
            self.groupID = groupID
        }
    }

    /// Absolute path of the program.
    public var executable: String
    public var arguments: [String]
    /// All variables of the process; none are inherited.
    public var environment: [String: String]
    public var workingDirectory: String?
    /// Nil for the user of this process.
    public var user: User?
    /// What the watchdog sends to the group when this process has ended.
    public var terminationSignal: TerminationSignal

    public init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String],
        workingDirectory: String? = nil,
        user: User? = nil,
        terminationSignal: TerminationSignal = .kill
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.terminationSignal = terminationSignal
    }

    /// Runs the program, waits until it exits, and kills the rest of its group.
    ///
    /// While the executable is open for writing, for example by a linker, the start is retried for up to a second.
    ///
    /// - Parameters:
    ///   - output: The descriptor for standard output and error. This method closes it in all cases.
    ///   - whileBusy: Called before each of up to 49 retries; waits 20 ms by default.
    ///   - started: Called with the process id, which is the group's id too, as soon as the process exists.
    /// - Throws: ``ChildProcessError`` if the program cannot be started.
    public func run(
        output: CInt,
        watchdog: Watchdog,
        whileBusy: @Sendable () async -> Void = { try? await Task.sleep(for: .milliseconds(20)) },
        started: @Sendable (Int32) -> Void
    ) async throws(ChildProcessError) -> Exit {
        var output = output
        var attemptsLeft = 50
        while true {
            // Closed as soon as the process has its own copy: the reader must see the end of the file when it exits.
            let spare = Mutex<CInt?>(fcntl(output, F_DUPFD_CLOEXEC, 0))
            defer { if let descriptor = Self.take(spare) { close(descriptor) } }
            do {
                return try await runOnce(output: output, watchdog: watchdog) { processID in
                    if let descriptor = Self.take(spare) { close(descriptor) }
                    started(processID)
                }
            } catch {
                attemptsLeft -= 1
                guard error.isTextFileBusy, attemptsLeft > 0, let descriptor = Self.take(spare) else { throw error }
                output = descriptor
                await whileBusy()
            }
        }
    }

    private static func take(_ descriptor: borrowing Mutex<CInt?>) -> CInt? {
        descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor.flatMap { $0 >= 0 ? $0 : nil }
        }
    }

    private func runOnce(
        output: CInt,
        watchdog: Watchdog,
        started: @Sendable (Int32) -> Void
    ) async throws(ChildProcessError) -> Exit {
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .none,
                output: .fileDescriptor(FileDescriptor(rawValue: output), closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                let processID = execution.processIdentifier.value
                watchdog.add(group: processID, terminationSignal: terminationSignal)
                started(processID)
            }
            let group = result.processIdentifier.value
            // The leader has been reaped, so only the processes that it left behind can have this group id.
            Self.send(SIGKILL, toGroup: group)
            watchdog.remove(group: group)
            switch result.terminationStatus {
            case .exited(let code): return .code(code)
            case .signaled(let signal): return .signal(signal)
            }
        } catch {
            throw ChildProcessError(starting: executable, underlying: error)
        }
    }

    /// Sends a signal to every process of a group. A group that does not exist is ignored.
    public static func send(_ signal: Int32, toGroup group: Int32) {
        // kill(0) and kill(-1) would reach this process and all others.
        guard group > 1 else { return }
        _ = kill(-group, signal)
    }

    /// Another user is set by `setpriv` (util-linux). Setting it between fork and exec can hang in a process with
    /// threads, because the C library waits for threads that the fork has not copied.
    private var command: (executable: String, arguments: [String]) {
        guard let user else { return (executable, arguments) }
        let identity = ["--reuid=\(user.userID)", "--regid=\(user.groupID)", "--clear-groups", "--"]
        return ("/usr/bin/setpriv", identity + [executable] + arguments)
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        let (executable, arguments) = command
        let environment = environment.reduce(into: [Environment.Key: String]()) { result, entry in
            guard let key = Environment.Key(rawValue: entry.key) else { return }
            result[key] = entry.value
        }
        return Configuration(
            executable: .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: .custom(environment),
            workingDirectory: workingDirectory.map { FilePath($0) },
            platformOptions: options
        )
    }
}

/// A program that could not be started.
public struct ChildProcessError: Error, CustomStringConvertible {
    /// The program's path.
    public var executable: String
    /// The system's error message in lower case: `permission denied`, `exec format error`.
    public var reason: String
    public var underlying: any Error

    var isTextFileBusy: Bool { (underlying as? SubprocessError)?.underlyingError == .textFileBusy }

    init(starting executable: String, underlying: any Error) {
        self.executable = executable
        self.underlying = underlying
        if access(executable, X_OK) != 0 {
            // Subprocess reports the last of several attempts, whose error can be a different one.
            reason = Errno(rawValue: errno).description.lowercased()
        } else if let error = underlying as? SubprocessError, let errno = error.underlyingError {
            reason = errno.description.lowercased()
        } else {
            reason = String(describing: underlying)
        }
    }

    public var description: String { "\(executable) cannot be started: \(reason)" }
}
