import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// Sees to it that no child outlives this process, however it ends.
///
/// A small shell script, in a session of its own, reads from this process which groups there are. The end of its
/// input, which the kernel brings about even after SIGKILL, makes it end all of them. `PR_SET_PDEATHSIG` would not
/// do: it is bound to the *thread* that started the child, and threads of a pool come and go.
public final class Watchdog: Sendable {
    /// The signal that ends a group.
    public enum Farewell: String, Sendable, Hashable {
        case kill = "KILL"
        case interrupt = "INT"
        case terminate = "TERM"
    }

    private struct State {
        /// This process's end of the script's input; -1 once closed.
        var descriptor: CInt = -1
        var groups: [Int32: Farewell] = [:]
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

    /// From now on the group ends with this process.
    public func add(group: Int32, farewell: Farewell) {
        state.withLock { state in
            state.groups[group] = farewell
            Self.write("+ \(group) \(farewell.rawValue)\n", to: state.descriptor)
        }
    }

    /// The group is gone; its id may come to mean something else.
    public func remove(group: Int32) {
        state.withLock { state in
            guard state.groups.removeValue(forKey: group) != nil else { return }
            Self.write("- \(group)\n", to: state.descriptor)
        }
    }

    /// Lets go of the script, which then ends every group that is still registered, and itself.
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
        // A socket, because writing to a pipe whose reader has died raises SIGPIPE, and to a socket need not.
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw ChildProcessError(starting: "/bin/sh", underlying: Errno(rawValue: errno))
        }
        let (mine, theirs) = (pair[0], pair[1])
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
                    input: .fileDescriptor(FileDescriptor(rawValue: theirs), closeAfterSpawningProcess: true),
                    output: .discarded,
                    error: .discarded
                ) { _ in
                    starting.continuation.yield(nil)
                }
            } catch {
                starting.continuation.yield(ChildProcessError(starting: "/bin/sh", underlying: error))
            }
            await self?.ended(mine)
        }
        var answers = starting.stream.makeAsyncIterator()
        if let failure = await answers.next() ?? nil {
            close(mine)
            throw failure
        }
        state.withLock { state in
            guard !state.isStopping else { return _ = close(mine) }
            state.descriptor = mine
            for (group, farewell) in state.groups {
                Self.write("+ \(group) \(farewell.rawValue)\n", to: mine)
            }
        }
    }

    /// Somebody killed the script: another one takes over, and is told of every group.
    private func ended(_ descriptor: CInt) async {
        let isNeeded = state.withLock { state in
            guard state.descriptor == descriptor, !state.isStopping else { return false }
            close(state.descriptor)
            state.descriptor = -1
            return true
        }
        if isNeeded { try? await launch() }
    }

    private static func write(_ line: String, to descriptor: CInt) {
        guard descriptor >= 0 else { return }
        var line = line
        line.withUTF8 { bytes in
            _ = send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
    }
}
