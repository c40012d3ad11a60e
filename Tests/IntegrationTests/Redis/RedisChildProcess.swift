import Glibc

/// A process that is killed when the object is deinitialized.
///
/// Foundation's `Process` is not used, because its `waitUntilExit` runs a run loop and never returns if all threads of
/// Swift's pool wait in it.
final class ChildProcess: Sendable {
    struct Failure: Error { var code: Int32 }

    private let id: pid_t
    /// A pipe with the process's standard output and standard error.
    private let output: Int32

    /// - Parameter arguments: The first is the program, which is looked up in `PATH`.
    init(_ arguments: [String], in directory: String) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)

        let words = (["sh", "-c", #"cd "$0" && exec "$@""#, directory] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        let status = posix_spawn(&id, "/bin/sh", &actions, nil, words + [nil], environ)
        close(ends[1])
        guard status == 0 else {
            close(ends[0])
            throw Failure(code: status)
        }
        self.id = id
        output = ends[0]
    }

    /// Blocks until the process has printed `text`. Returns false if it exits first.
    func waitForOutput(containing text: String) -> Bool {
        var printed = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !printed.contains(text) {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { return false }
            printed += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return true
    }

    /// Blocks until the process has exited.
    func waitForEnd() {
        var information = siginfo_t()
        waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT)
    }

    deinit {
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
        close(output)
    }
}
