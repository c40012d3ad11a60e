import Dispatch
import Foundation
import LambdaHost
import Synchronization

/// Writes lines to standard output, in colour if that is a terminal and `NO_COLOR` is not set.
///
/// A queue writes the lines, because functions log from event loops and a terminal may be slow. If too many lines wait,
/// log lines of functions are dropped and their number is reported.
final class Terminal: Sendable {
    /// The number of waiting lines from which log lines are dropped.
    private static let backlog = 10_000

    private let isColoured: Bool
    private let queue = DispatchQueue(label: "terminal")
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    init() {
        isColoured = isatty(STDOUT_FILENO) == 1 && Environment["NO_COLOR"] == nil
    }

    func say(_ text: String) { write(text) }

    func step(_ text: String) { write(styled("==> ", .bold) + text) }

    func warn(_ text: String) { write(styled("warning: ", .yellow) + text) }

    func fail(_ text: String) { write(styled("error: ", .red) + text) }

    func log(_ line: FunctionLogLine) {
        guard waiting.load(ordering: .relaxed) < Self.backlog else {
            dropped.add(1, ordering: .relaxed)
            return
        }
        let count = dropped.exchange(0, ordering: .relaxed)
        if count > 0 { warn("\(count) log lines of functions were dropped because the output is too slow.") }
        let name = styled("[\(line.function)]", line.isFailure ? .red : .cyan)
        write("\(name) \(line.text)")
    }

    /// Waits until all lines are written.
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
