public import BlockingIO
import Glibc

/// A process that decodes what strangers sent, and that a mistake in a decoder therefore may turn against its parent.
///
/// Its standard input is a socket, over which requests and replies are sent. Its environment is empty, and it has no
/// other descriptors. The program itself enters the sandbox of `WorkerSandbox` before it reads the first request.
public final class WorkerProcess {
    private let socket: Int32
    private let process: pid_t
    /// Whether the process has been killed.
    private var wasKilled = false

    /// The path of a program in the folder of the running program.
    public static func path(of name: String) -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        let length = unsafe readlink("/proc/self/exe", &path, path.count)
        let program = path.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }
        let folder = program.prefix(upTo: program.lastIndex(of: UInt8(ascii: "/")) ?? 0)
        return "\(String(decoding: folder, as: UTF8.self))/\(name)"
    }

    /// Starts a program. Before that, this process hides its memory from other processes of its user.
    public init(executable: String) throws(WorkerError) {
        ParentProcess.hide()
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw WorkerError(.notStarted, "no socket: error \(errno)")
        }
        defer { close(ends[1]) }
        do throws(WorkerError) {
            process = try start(executable, withInput: ends[1])
        } catch {
            close(ends[0])
            throw error
        }
        socket = ends[0]
    }

    deinit {
        end()
        close(socket)
    }

    /// Whether the process has ended or is in an unknown state: an idle worker must not send anything.
    public var hasEnded: Bool { wasKilled || !SocketEvents.readable.now(on: socket).isEmpty }

    /// Kills the process, whose state is unknown after an error. Does nothing if it has ended.
    public func end() { _ = reaped() }

    /// The status of the process after it was killed or had ended before, as `waitpid` tells it.
    private func reaped() -> Int32 {
        guard !wasKilled else { return SIGKILL }
        wasKilled = true
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        return status
    }

    // MARK: Bytes

    public func send(_ bytes: [UInt8], until deadline: Deadline) throws(WorkerError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    socket,
                    buffer.baseAddress.map { unsafe $0 + sent },
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL) | noWait
                )
            }
            try advance(&sent, by: count, waitingFor: .writable, until: deadline)
        }
    }

    /// Receives exactly `length` bytes.
    public func receive(_ length: Int, until deadline: Deadline) throws(WorkerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var received = 0
        while received < length {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(
                    socket,
                    buffer.baseAddress.map { unsafe $0 + received },
                    length - received,
                    noWait
                )
            }
            try advance(&received, by: count, waitingFor: .readable, until: deadline)
        }
        return bytes
    }

    /// Advances the position after a system call that succeeded, or waits until it can be repeated.
    private func advance(
        _ position: inout Int,
        by count: Int,
        waitingFor events: SocketEvents,
        until deadline: Deadline
    ) throws(WorkerError) {
        if count > 0 {
            position += count
        } else if count < 0, errno == EAGAIN {
            guard !events.wait(on: socket, until: deadline).isEmpty else {
                throw WorkerError(.timedOut, "no reply in time")
            }
        } else if count == 0 || errno != EINTR {
            throw endedByItself()
        }
    }

    private func endedByItself() -> WorkerError {
        let status = reaped()
        let signal = status & 0x7F
        let code = status >> 8 & 0xFF
        return switch (signal, code) {
        case (SIGALRM, _): WorkerError(.timedOut, "the worker's time limit passed")
        case (SIGSYS, _): WorkerError(.ended, "the worker made a system call that its sandbox forbids")
        // The statuses of `enum SandboxFailure` in `sandbox.h`.
        case (0, 77): WorkerError(.noSandbox, "the worker runs as root and cannot become another user")
        case (0, 78): WorkerError(.noSandbox, "the system accepts no filter for the worker's system calls")
        case (0, _): WorkerError(.ended, "the worker exited with status \(code)")
        case _ where faults.contains(signal): WorkerError(.ended, "the worker was terminated by signal \(signal)")
        default: WorkerError(.killed, "the worker was killed by signal \(signal)")
        }
    }
}

/// The signals that a process causes itself: by a mistake of a decoder, by `abort`, or by exceeding a limit. All others,
/// such as SIGKILL, come from outside; the sandbox allows no other process to be signalled.
private let faults: Set<Int32> = [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ]

private let noWait = Int32(MSG_DONTWAIT)

/// Starts a program with a socket as its standard input, an empty environment and no blocked signals: this thread may
/// block the alarm that limits a worker's time, and children inherit that.
private func start(_ executable: String, withInput input: Int32) throws(WorkerError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var process: pid_t = 0
    let failure = unsafe executable.withCString { path in
        var arguments = unsafe [UnsafeMutablePointer(mutating: path), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        return unsafe posix_spawn(&process, path, &actions, &attributes, &arguments, &environment)
    }
    guard failure == 0 else {
        throw WorkerError(.notStarted, "\(executable) cannot be started: error \(failure)")
    }
    return process
}
