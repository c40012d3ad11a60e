import Activity
import EmulatorCore

/// The log of one process: passes on each line, and records it with the invocation that it belongs to.
struct ProcessLog {
    private struct Entry {
        let requestID: String
        let keepsTail: Bool
        var tail = LogTail()
        /// UTF-8 bytes of the lines that the activity has.
        var recordedBytes = 0
    }

    private static let initializationLineLimit = 1_000

    private let function: FunctionConfiguration
    private let activity: ActivityRecorder
    private let output: @Sendable (FunctionLogLine) -> Void
    /// The newest invocation, finished or not.
    private var newest: Entry?
    /// What the process logged before its first invocation.
    private(set) var initializationLines: [InvocationRecord.LogLine] = []

    init(
        of function: FunctionConfiguration,
        activity: ActivityRecorder,
        output: @escaping @Sendable (FunctionLogLine) -> Void
    ) {
        self.function = function
        self.activity = activity
        self.output = output
    }

    /// Attributes lines to an invocation from now on. The first one gets those of the initialization too.
    mutating func begin(_ invocation: Invocation) {
        var entry = Entry(requestID: invocation.requestID, keepsTail: invocation.request.wantsLogTail)
        if entry.keepsTail {
            for line in initializationLines { entry.tail.append(line.text) }
            entry.tail.append("START RequestId: \(entry.requestID) Version: $LATEST")
        }
        newest = entry
        guard !initializationLines.isEmpty else { return }
        let lines = initializationLines
        initializationLines = []
        activity.update(entry.requestID) { $0.logs.append(contentsOf: lines) }
    }

    /// Ends the log of the newest invocation and returns its last 4 KB.
    mutating func end(with report: ReportLogLine) -> [UInt8] {
        newest?.tail.append("END RequestId: \(report.requestID)")
        newest?.tail.append(report.text)
        defer { newest?.tail = LogTail() }
        return newest?.tail.last ?? []
    }

    /// Lines that the process wrote.
    mutating func append(_ texts: [String]) {
        let time = UnixTime.now.milliseconds
        for text in texts { pass(text, requestID: newest?.requestID, time: time, isFailure: false) }
        record(texts.map { InvocationRecord.LogLine(time: time, text: $0) })
    }

    /// A failure that the function could not log itself.
    mutating func append(_ failure: ErrorDocument, requestID: String?) {
        let time = UnixTime.now.milliseconds
        let text = (requestID.map { "RequestId: \($0) " } ?? "") + failure.text
        pass(text, requestID: requestID, time: time, isFailure: true)
        record([InvocationRecord.LogLine(time: time, text: text)])
    }

    private func pass(_ text: String, requestID: String?, time: Int64, isFailure: Bool) {
        output(
            FunctionLogLine(function: function.name, requestID: requestID, time: time, text: text, isFailure: isFailure)
        )
    }

    private mutating func record(_ lines: [InvocationRecord.LogLine]) {
        guard var entry = newest else {
            let room = max(0, Self.initializationLineLimit - initializationLines.count)
            return initializationLines.append(contentsOf: lines.prefix(room))
        }
        if entry.keepsTail {
            for line in lines { entry.tail.append(line.text) }
        }
        var kept: [InvocationRecord.LogLine] = []
        for var line in lines where entry.recordedBytes < ActivityRecorder.textLimit {
            let room = ActivityRecorder.textLimit - entry.recordedBytes
            if line.text.utf8.count > room { line.text = line.text.prefix(room) + " …" }
            entry.recordedBytes += line.text.utf8.count
            kept.append(line)
        }
        newest = entry
        guard !kept.isEmpty else { return }
        activity.update(entry.requestID) { $0.logs.append(contentsOf: kept) }
    }
}
