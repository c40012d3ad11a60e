import FoundationEssentials
import Glibc

/// A server of an earlier run that its watchdog has not ended yet.
enum LeftoverServer {
    /// Waits until the process in a PID file has exited. Ignores the file if that process runs another program.
    ///
    /// - Parameter signal: Sent once if the process still runs after two seconds.
    static func waitForExit(of program: String, pidFile: String, signal: Int32) async {
        guard let text = try? String(contentsOf: URL(filePath: pidFile), encoding: .utf8),
            let line = text.split(separator: "\n").first,
            let processID = Int32(line.filter(\.isNumber)),
            processID != getpid()
        else { return }
        let deadline = ContinuousClock.now + .seconds(2)
        var isSignaled = false
        while isRunning(processID, program) {
            if !isSignaled, ContinuousClock.now > deadline {
                isSignaled = true
                kill(processID, signal)
            }
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }

    private static func isRunning(_ processID: Int32, _ program: String) -> Bool {
        guard let text = try? String(contentsOf: URL(filePath: "/proc/\(processID)/stat"), encoding: .utf8) else {
            return false
        }
        // "pid (name) state …"; a zombie (Z) has exited.
        let parts = text.split(separator: ")")
        let state = parts.last?.split(separator: " ").first
        return parts.first?.hasSuffix("(\(program)") == true && state != "Z"
    }
}
