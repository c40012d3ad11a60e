import BlockingIO
import Glibc

/// A worker process, which receives images over a socket, one at a time.
public final class ImageWorkerProcess {
    private let socket: Int32
    private let process: pid_t
    /// Whether the process has been killed.
    private(set) var wasKilled = false

    /// The path of `ImageWorker` in the folder of the running program.
    public static var defaultExecutable: String {
        var path = [CChar](repeating: 0, count: 4_096)
        let length = unsafe readlink("/proc/self/exe", &path, path.count)
        let program = path.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }
        let folder = program.prefix(upTo: program.lastIndex(of: UInt8(ascii: "/")) ?? 0)
        return "\(String(decoding: folder, as: UTF8.self))/ImageWorker"
    }

    init(executable: String) throws(ImageError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ImageError(.unavailable, "no socket: error \(errno)")
        }
        defer { close(ends[1]) }
        do throws(ImageError) {
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
    var hasEnded: Bool { wasKilled || !SocketEvents.readable.now(on: socket).isEmpty }

    /// Sends an image and waits for the result.
    func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) throws(ImageError) -> ResizedImage {
        do throws(ImageError) {
            let request = ImageWorkerRequest(variant, length: image.count, until: deadline)
            try send(request.bytes, until: deadline)
            try send(image, until: deadline)
            let reply = ImageWorkerReply(try receive(ImageWorkerReply.size, until: deadline))
            return try reply.result(with: try receive(reply.length, until: deadline))
        } catch {
            // The worker can be reused only after a complete reply.
            if error.code == .timedOut || error.code == .unavailable { end() }
            throw error
        }
    }

    /// Kills the process unless it has ended, and returns the signal that ended it.
    @discardableResult
    private func end() -> Int32 {
        guard !wasKilled else { return 0 }
        wasKilled = true
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F
    }

    // MARK: Bytes

    private func send(_ bytes: [UInt8], until deadline: Deadline) throws(ImageError) {
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

    private func receive(_ length: Int, until deadline: Deadline) throws(ImageError) -> [UInt8] {
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
    ) throws(ImageError) {
        if count > 0 {
            position += count
        } else if count < 0, errno == EAGAIN {
            guard !events.wait(on: socket, until: deadline).isEmpty else {
                throw ImageError(.timedOut, "no reply in time")
            }
        } else if count == 0 || errno != EINTR {
            throw endedByItself()
        }
    }

    /// The error for a worker that ended during a request: it ran out of memory or time, or the decoder crashed.
    private func endedByItself() -> ImageError {
        let signal = end()
        return signal == SIGALRM
            ? ImageError(.timedOut, "the worker's time limit passed")
            : ImageError(.unreadable, "the worker was terminated by signal \(signal)")
    }
}

private let noWait = Int32(MSG_DONTWAIT)

/// Starts a program with a socket as its standard input and an empty environment.
private func start(_ executable: String, withInput input: Int32) throws(ImageError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    var process: pid_t = 0
    let failure = unsafe executable.withCString { path in
        var arguments = unsafe [UnsafeMutablePointer(mutating: path), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        return unsafe posix_spawn(&process, path, &actions, nil, &arguments, &environment)
    }
    guard failure == 0 else {
        throw ImageError(.unavailable, "\(executable) cannot be started: error \(failure)")
    }
    return process
}
