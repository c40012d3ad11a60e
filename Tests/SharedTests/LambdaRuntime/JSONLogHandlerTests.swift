import FoundationEssentials
import Logging
import Synchronization
import Testing

@testable import LambdaRuntime

@Suite struct JSONLogHandlerTests {
    @Test func writesEachMessageAsOneLineOfJSON() {
        let log = LogOutput()
        var logger = log.logger
        logger[metadataKey: "requestId"] = "abc"
        logger.info(
            "Stored",
            metadata: ["list": ["x", ["y": "z"]], "count": .stringConvertible(2), "requestId": "own"]
        )
        #expect(
            log.lines == [
                #"{"timestamp":"2026-11-21T20:39:16.125Z","level":"INFO","message":"Stored","count":"2","list":["x",{"y":"z"}],"requestId":"own"}"#
            ]
        )
    }

    @Test(arguments: [
        "", "plain", "quote \" and \\ and /", "line\nbreak\r\n\ttab", "\u{0}\u{1}\u{1F}\u{7F}", "é 😀 שלום \u{2028}",
        #"\u0041"#,
    ])
    func escapesAnyText(text: String) throws {
        let log = LogOutput()
        log.logger.error("\(text)", metadata: ["key \(text)": "\(text)"])
        let line = try #require(log.lines.first)
        let decoded = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(decoded["message"] == text)
        #expect(decoded["key \(text)"] == text)
        #expect(!line.utf8.contains { $0 < 0x20 })
    }

    @Test(arguments: [
        (Logger.Level.trace, "TRACE"), (.debug, "DEBUG"), (.info, "INFO"), (.notice, "INFO"), (.warning, "WARN"),
        (.error, "ERROR"), (.critical, "FATAL"),
    ])
    func writesLambdasLevelNames(level: Logger.Level, name: String) {
        let log = LogOutput()
        log.logger.log(level: level, "x")
        #expect(log.lines.first?.contains(#""level":"\#(name)""#) == true)
    }

    @Test func renamesMetadataThatCollidesWithReservedFields() throws {
        struct Failure: Error, CustomStringConvertible { var description: String { "it broke" } }
        let log = LogOutput()
        log.logger.error("x", error: Failure(), metadata: ["level": "mine", "message": "mine"])
        let line = try #require(log.lines.first)
        let decoded = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(decoded["error"] == "it broke")
        #expect(decoded["level"] == "ERROR")
        #expect(decoded["metadata.level"] == "mine")
        #expect(decoded["metadata.message"] == "mine")
    }

    @Test(arguments: [
        ([:], Logger.Level.info),
        (["LOG_LEVEL": "debug"], .debug),
        (["LOG_LEVEL": "WARN"], .warning),
        (["AWS_LAMBDA_LOG_LEVEL": "FATAL"], .critical),
        (["LOG_LEVEL": "trace", "AWS_LAMBDA_LOG_LEVEL": "ERROR"], .trace),
        (["LOG_LEVEL": "loud", "AWS_LAMBDA_LOG_LEVEL": "ERROR"], .error),
    ])
    func readsItsLevelFromTheEnvironment(environment: [String: String], level: Logger.Level) {
        #expect(Logger.Level(environment: Environment(environment)) == level)
    }
}

/// The lines that a ``JSONLogHandler`` writes, without their line breaks.
private final class LogOutput: Sendable {
    private let storage = Mutex<[String]>([])

    var lines: [String] { storage.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { [self] _ in
            JSONLogHandler(logLevel: .trace, now: { Date(timeIntervalSince1970: 1_795_293_556.125) }) { [self] line in
                storage.withLock { $0.append(String(decoding: line.dropLast(), as: UTF8.self)) }
            }
        }
    }
}
