import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// Ends all registered process groups when this process ends, even by SIGKILL.
///
/// A small shell script in its own session reads from this process which groups exist. When this process ends, the
/// kernel closes the script's input, and the script signals all groups. `PR_SET_PDEATHSIG` is not an alternative: it is
/// bound to the *thread* that started the child, and the threads of a pool do not live as long as the process.
public final class Watchdog: Sendable {
    private struct State {
        /// The writing end of the script's input; -1 when closed.
        var descriptor: CInt = -1
        var groups: [Int32: TerminationSignal] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    private init() {}

    /// Starts the script.
    public static func start() async throws(ChildProcessError) -> Watchdog {
        let watchdog = Watchdog()
        try await watchdog.launch()
        return watchdog
    }

    /// Registers a group to be ended with this process.
    public func add(group: Int32, terminationSignal: TerminationSignal) {
        state.withLock { state in
            state.groups[group] = terminationSignal
            Self.write("+ \(group) \(terminationSignal.rawValue)\n", to: state.descriptor)
        }
    }

    /// Removes a group that has ended; the system may reuse its id.
    public func remove(group: Int32) {
        state.withLock { state in
            guard state.groups.removeValue(forKey: group) != nil else { return }
            Self.write("- \(group)\n", to: state.descriptor)
        }
    }

    /// Makes the script end every group that is still registered, and exit.
    public func stop() {
        state.withLock { state in
            state.isStopping = true
            if state.descriptor >= 0 { close(state.descriptor) }
            state.descriptor = -1
        }
    }

    deinit { stop() }

    // MARK: The script

    private static let script = """
        groups=""
        while read -r sign group signal; do
            kept=""
            for entry in $groups; do
                [ "${entry%:*}" = "$group" ] || kept="$kept $entry"
            done
            groups="$kept"
            [ "$sign" = "-" ] || groups="$groups $group:$signal"
        done
        for entry in $groups; do
            kill -s "${entry#*:}" -- "-${entry%:*}" 2>/dev/null
        done
        tries=300
        while [ -n "$groups" ]; do
            left=""
            for entry in $groups; do
                kill -s 0 -- "-${entry%:*}" 2>/dev/null && left="$left $entry"
            done
            groups="$left"
            tries=$((tries - 1))
            if [ "$tries" = 0 ]; then
                for entry in $groups; do kill -s KILL -- "-${entry%:*}" 2>/dev/null; done
                exit
            fi
            [ -z "$groups" ] || sleep 0.1
        done
        """

    private func launch() async throws(ChildProcessError) {
        // A socket and not a pipe: writing to it with MSG_NOSIGNAL raises no SIGPIPE when the reader has exited.
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw ChildProcessError(starting: "/bin/sh", underlying: Errno(rawValue: errno))
        }
        let (writer, reader) = (pair[0], pair[1])
        let starting = AsyncStream<ChildProcessError?>.makeStream()
        Task { [weak self] in
            var options = PlatformOptions()
            options.createSession = true
            let configuration = Configuration(
                executable: .path("/bin/sh"),
                arguments: ["-c", Self.script],
                environment: .custom(["PATH": "/usr/local/bin:/usr/bin:/bin"]),
                workingDirectory: "/",
                platformOptions: options
            )
            do {
                _ = try await Subprocess.run(
                    configuration,
                    input: .fileDescriptor(FileDescriptor(rawValue: reader), closeAfterSpawningProcess: true),
                    output: .discarded,
                    error: .discarded
                ) { _ in
                    starting.continuation.yield(nil)
                }
            } catch {
                starting.continuation.yield(ChildProcessError(starting: "/bin/sh", underlying: error))
            }
            await self?.ended(writer)
        }
        var outcomes = starting.stream.makeAsyncIterator()
        if let failure = await outcomes.next() ?? nil {
            close(writer)
            throw failure
        }
        state.withLock { state in
            guard !state.isStopping else { return _ = close(writer) }
            state.descriptor = writer
            for (group, terminationSignal) in state.groups {
                Self.write("+ \(group) \(terminationSignal.rawValue)\n", to: writer)
            }
        }
    }

    /// Starts another script with all groups, if this one did not end because of ``stop()``.
    private func ended(_ descriptor: CInt) async {
        let needsScript = state.withLock { state in
            guard state.descriptor == descriptor, !state.isStopping else { return false }
            close(state.descriptor)
            state.descriptor = -1
            return true
        }
        if needsScript { try? await launch() }
    }

    private static func write(_ line: String, to descriptor: CInt) {
        guard descriptor >= 0 else { return }
        var line = line
        line.withUTF8 { bytes in
            _ = send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
    }
}
