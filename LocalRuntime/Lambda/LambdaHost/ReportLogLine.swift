import Glibc

/// The `REPORT` line at the end of the log of an invocation.
struct ReportLogLine {
    var requestID: String
    /// Milliseconds.
    var duration: Double
    /// Milliseconds; nil for a warm process.
    var initDuration: Double?
    /// The configured memory in megabytes.
    var memorySize: Int
    var processID: Int32?

    var text: String {
        var fields = [
            "REPORT RequestId: \(requestID)",
            "Duration: \(Self.milliseconds(duration)) ms",
            "Billed Duration: \(Int((duration + (initDuration ?? 0)).rounded(.up))) ms",
            "Memory Size: \(memorySize) MB",
            "Max Memory Used: \(Self.peakMemory(of: processID)) MB",
        ]
        if let initDuration { fields.append("Init Duration: \(Self.milliseconds(initDuration)) ms") }
        return fields.joined(separator: "\t") + "\t"
    }

    /// With two decimals.
    private static func milliseconds(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Megabytes, rounded up; 0 if the process is gone.
    private static func peakMemory(of processID: Int32?) -> Int {
        guard let processID, let file = fopen("/proc/\(processID)/status", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix("VmHWM:") else { continue }
            let digits = text.filter(\.isNumber)
            return ((Int(digits) ?? 0) + 1_023) / 1_024
        }
        return 0
    }
}
