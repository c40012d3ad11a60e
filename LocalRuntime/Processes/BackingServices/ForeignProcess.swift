import FoundationEssentials
import Glibc

/// A server that an earlier run left behind, which its watchdog is just ending.
enum ForeignProcess {
    /// Waits for the process in a PID file to end, if it still runs the program; a stale file is left alone.
    static func waitForEnd(of program: String, pidFile: String, signal: Int32) async {
        guard let text = try? String(contentsOf: URL(filePath: pidFile), encoding: .utf8),
            let line = text.split(separator: "\n").first,
            let processID = Int32(line.filter(\.isNumber)),
            processID != getpid()
        else { return }
        let patience = ContinuousClock.now + .seconds(2)
        var hasAsked = false
        while isRunning(processID, program) {
            if !hasAsked, ContinuousClock.now > patience {
                hasAsked = true
                kill(processID, signal)
            }
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }

    private static func isRunning(_ processID: Int32, _ program: String) -> Bool {
        guard let text = try? String(contentsOf: URL(filePath: "/proc/\(processID)/stat"), encoding: .utf8) else {
            return false
        }
        // "pid (name) state …"; a zombie is as good as gone.
        let parts = text.split(separator: ")")
        let state = parts.last?.split(separator: " ").first
        return parts.first?.hasSuffix("(\(program)") == true && state != "Z"
    }
}
