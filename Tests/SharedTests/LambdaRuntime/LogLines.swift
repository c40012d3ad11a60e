import FoundationEssentials
import Logging
import Synchronization

@testable import LambdaRuntime

/// Keeps the lines of a log, without their ends.
final class LogLines: Sendable {
    private let storage = Mutex<[String]>([])

    var lines: [String] { storage.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { [self] _ in handler() }
    }

    func handler(level: Logger.Level = .trace, at date: Date = Date(timeIntervalSince1970: 1_795_293_556.125))
        -> JSONLogHandler
    {
        JSONLogHandler(logLevel: level, now: { date }) { [self] line in
            storage.withLock { $0.append(String(decoding: line.dropLast(), as: UTF8.self)) }
        }
    }
}
