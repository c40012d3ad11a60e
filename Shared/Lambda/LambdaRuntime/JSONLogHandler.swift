import ByteEncodings
import FoundationEssentials
import Glibc
public import Logging

/// Writes each message as one line of JSON, with the field names of Lambda's own JSON log format.
/// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let now: @Sendable () -> Date
    private let write: @Sendable ([UInt8]) -> Void

    /// Writes to standard output.
    public init(logLevel: Logger.Level = .info) {
        self.init(logLevel: logLevel, now: { Date() }, write: writeToStandardOutput)
    }

    init(logLevel: Logger.Level, now: @escaping @Sendable () -> Date, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.logLevel = logLevel
        self.now = now
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line += #"{"timestamp":"#.utf8
        JSONString.append(now().formatted(timestampStyle), to: &line)
        line += #","level":"#.utf8
        JSONString.append(event.level.nameInLambda, to: &line)
        line += #","message":"#.utf8
        JSONString.append("\(event.message)", to: &line)
        var metadata = metadata
        if let provided = metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        if let error = event.error { metadata["error"] = "\(error)" }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: ","))
            JSONString.append(reservedKeys.contains(key) ? "metadata.\(key)" : key, to: &line)
            line.append(UInt8(ascii: ":"))
            append(value, to: &line)
        }
        line += "}\n".utf8
        write(line)
    }

    private func append(_ value: Logger.Metadata.Value, to line: inout [UInt8]) {
        switch value {
        case .string(let text): JSONString.append(text, to: &line)
        case .stringConvertible(let value): JSONString.append("\(value)", to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            line.append(UInt8(ascii: "{"))
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                JSONString.append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}

extension Logger.Level {
    /// `LOG_LEVEL`; otherwise `AWS_LAMBDA_LOG_LEVEL`, which Lambda's logging configuration sets; otherwise info.
    init(environment: Environment) {
        let names = ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"]
        self = names.lazy.compactMap { environment[$0].flatMap(Self.init(nameInLambda:)) }.first ?? .info
    }

    fileprivate init?(nameInLambda name: String) {
        switch name.lowercased() {
        case "warn": self = .warning
        case "fatal": self = .critical
        case let name: self.init(rawValue: name)
        }
    }

    fileprivate var nameInLambda: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}

private let reservedKeys: Set<String> = ["timestamp", "level", "message"]

private let timestampStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)

@Sendable private func writeToStandardOutput(_ line: [UInt8]) {
    var written = 0
    while written < line.count {
        let count = line.withUnsafeBytes {
            Glibc.write(STDOUT_FILENO, $0.baseAddress.map { $0 + written }, $0.count - written)
        }
        if count >= 0 {
            written += count
        } else if errno != EINTR {
            // There is nowhere to report that the log cannot be written.
            return
        }
    }
}
