import Dispatch
import Foundation
import LambdaHost
import Synchronization

/// What the person at the terminal reads: short, one line at a time, coloured only where it is a terminal.
///
/// Lines are written by a queue, because functions log from event loops and a terminal may be slow. Of functions that
/// log faster than anybody reads, lines are left out, and how many is said.
final class Terminal: Sendable {
    /// Lines of functions that may wait to be written.
    private static let backlog = 10_000

    private let isColoured: Bool
    private let queue = DispatchQueue(label: "terminal")
    private let waiting = Atomic<Int>(0)
    private let leftOut = Atomic<Int>(0)

    init() {
        isColoured = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    func say(_ text: String) { write(text) }

    func step(_ text: String) { write(styled("==> ", .bold) + text) }

    func warn(_ text: String) { write(styled("warning: ", .yellow) + text) }

    func fail(_ text: String) { write(styled("error: ", .red) + text) }

    func log(_ line: FunctionLogLine) {
        guard waiting.load(ordering: .relaxed) < Self.backlog else {
            leftOut.add(1, ordering: .relaxed)
            return
        }
        let missed = leftOut.exchange(0, ordering: .relaxed)
        if missed > 0 { warn("\(missed) lines that functions logged were left out") }
        let name = styled("[\(line.function)]", line.isFailure ? .red : .cyan)
        write("\(name) \(line.text)")
    }

    /// Waits until everything said before is written.
    func flush() { queue.sync {} }

    private enum Style: String {
        case bold = "1"
        case red = "31"
        case yellow = "33"
        case cyan = "36"
    }

    private func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    private func write(_ line: String) {
        waiting.add(1, ordering: .relaxed)
        queue.async {
            try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
            self.waiting.subtract(1, ordering: .relaxed)
        }
    }
}
