import NIOCore
import Testing

@testable import LambdaHost

struct LineSplitterTests {
    private func lines(_ parts: [String]) -> [String] {
        var lines = LineSplitter()
        var result = parts.flatMap { lines.append(ByteBuffer(string: $0).readableBytesView) }
        if let last = lines.flush() { result.append(last) }
        return result
    }

    @Test(arguments: [
        (["a\nb\n"], ["a", "b"]), (["a", "b\nc"], ["ab", "c"]), (["a\r\n", "\n"], ["a", ""]), ([], []), (["é"], ["é"]),
    ])
    func splitsOutputIntoLines(parts: [String], expected: [String]) {
        #expect(lines(parts) == expected)
    }

    @Test func splitsALineThatIsTooLong() {
        let text = String(repeating: "x", count: 2 * LineSplitter.lineLimit + 1)
        #expect(
            lines([text + "\nshort\n"]).map(\.utf8.count) == [LineSplitter.lineLimit, LineSplitter.lineLimit, 1, 5]
        )
    }
}

struct LogTailTests {
    @Test func keepsTheEndOfALog() {
        var tail = LogTail()
        for index in 0..<2_000 { tail.append("line \(index)") }
        #expect(tail.last.count == LogTail.limit)
        #expect(String(decoding: tail.last, as: UTF8.self).hasSuffix("line 1998\nline 1999\n"))
    }
}
