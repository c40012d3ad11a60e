/// The last 4 KB of a log.
struct LogTail: Sendable {
    static let limit = 4_096
    private(set) var bytes: [UInt8] = []

    mutating func append(_ line: String) {
        bytes.append(contentsOf: line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count > 4 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    var last: [UInt8] { Array(bytes.suffix(Self.limit)) }
}
