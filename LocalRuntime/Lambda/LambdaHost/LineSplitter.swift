import NIOCore

/// Splits the output of a process into lines.
///
/// A line that is longer than the limit becomes several lines. Invalid UTF-8 is replaced by U+FFFD.
struct LineSplitter: Sendable {
    /// Bytes: 256 KB, the limit for an event of CloudWatch Logs.
    static let lineLimit = 262_144

    private var pending: [UInt8] = []

    /// Adds output and returns the lines that are complete.
    mutating func append(_ bytes: ByteBufferView) -> [String] {
        var lines: [String] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[rest.startIndex..<end], to: &lines)
            finish(&lines)
            rest = rest[rest.index(after: end)...]
        }
        append(rest, to: &lines)
        return lines
    }

    /// Returns the last line if its line feed is missing.
    mutating func flush() -> String? {
        guard !pending.isEmpty else { return nil }
        var lines: [String] = []
        finish(&lines)
        return lines.first
    }

    private mutating func append(_ bytes: ByteBufferView, to lines: inout [String]) {
        var rest = bytes
        while pending.count + rest.count > Self.lineLimit {
            let room = Self.lineLimit - pending.count
            pending.append(contentsOf: rest.prefix(room))
            rest = rest.dropFirst(room)
            finish(&lines)
        }
        pending.append(contentsOf: rest)
    }

    private mutating func finish(_ lines: inout [String]) {
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        lines.append(String(decoding: pending, as: UTF8.self))
        pending.removeAll(keepingCapacity: pending.capacity <= 4_096)
    }
}
