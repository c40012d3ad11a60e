import NIOCore

/// Cuts what a process writes into lines.
///
/// A line longer than the limit comes in pieces; bytes that are no UTF-8 are repaired.
struct LineSplitter: Sendable {
    /// 256 KB, which is what one event of CloudWatch Logs holds.
    static let lineLimit = 262_144

    private var pending: [UInt8] = []

    /// Takes what was written, and gives the lines that are complete.
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

    /// The last line, if it lacks its end.
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
