import Foundation
import LambdaHost
import Synchronization

/// What the person at the terminal reads: short, one line at a time, coloured only where it is a terminal.
final class Terminal: Sendable {
    private let isColoured: Bool
    private let lock = Mutex(())

    init() {
        isColoured = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    func say(_ text: String) { write(text) }

    func step(_ text: String) { write(styled("==> ", .bold) + text) }

    func warn(_ text: String) { write(styled("warning: ", .yellow) + text) }

    func fail(_ text: String) { write(styled("error: ", .red) + text) }

    func log(_ line: FunctionLogLine) {
        let name = styled("[\(line.function)]", line.isFailure ? .red : .cyan)
        write("\(name) \(line.text)")
    }

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
        lock.withLock { _ in
            FileHandle.standardOutput.write(Data((line + "\n").utf8))
        }
    }
}
