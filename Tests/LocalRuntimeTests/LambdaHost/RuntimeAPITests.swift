import NIOCore
import Testing

@testable import LambdaHost

struct RuntimeAPITests {
    @Test func goesRoundFromEventToEvent() {
        var api = RuntimeAPI()
        #expect(api.next() == .park)
        api.handOver("1")
        #expect(api.respond(to: "1") == nil)
        #expect(api.next() == .park)
        api.handOver("2")
        #expect(api.fail("2") == nil)
        #expect(api.next() == .park)
        #expect(api.phase == .ready)
    }

    @Test func repeatsTheEventForARuntimeThatLostItsConnection() {
        var api = RuntimeAPI()
        #expect(api.next() == .park)
        #expect(api.next() == .park)
        api.handOver("1")
        #expect(api.next() == .repeatEvent)
        #expect(api.respond(to: "1") == nil)
    }

    @Test(arguments: ["2", ""])
    func refusesAnAnswerToAnotherInvocation(id: Substring) {
        var api = RuntimeAPI()
        #expect(api.respond(to: id) == .invalidRequestID)
        _ = api.next()
        #expect(api.respond(to: id) == .invalidRequestID)
        api.handOver("1")
        #expect(api.respond(to: id) == .invalidRequestID)
        #expect(api.fail(id) == .invalidRequestID)
        #expect(api.phase == .running)
    }

    @Test func refusesASecondAnswer() {
        var api = RuntimeAPI()
        _ = api.next()
        api.handOver("1")
        _ = api.respond(to: "1")
        #expect(api.respond(to: "1") == .invalidStateTransition(from: .answered, to: "InvocationResponse"))
        #expect(api.fail("1") == .invalidStateTransition(from: .answered, to: "InvocationErrorResponse"))
    }

    @Test func takesAnInitErrorOnlyBeforeTheFirstEvent() {
        var api = RuntimeAPI()
        #expect(api.failInitialization() == nil)
        #expect(api.next() == .refuse(.invalidStateTransition(from: .initError, to: "Ready")))
        #expect(api.failInitialization() == .invalidStateTransition(from: .initError, to: "InitError"))
        var ready = RuntimeAPI()
        _ = ready.next()
        #expect(ready.failInitialization() == .invalidStateTransition(from: .ready, to: "InitError"))
    }

    @Test(arguments: [
        ("Runtime.NoSuchHandler", "Runtime.NoSuchHandler"), ("Function.Broken", "Function.Broken"),
        ("Function.broken", "Function.Unknown"), ("Function.", "Function.Unknown"), ("TypeError", "Runtime.Unknown"),
        (nil, "Runtime.Unknown"),
    ])
    func keepsErrorTypesThatAreWellFormed(reported: String?, expected: String) {
        #expect(RuntimeAPI.errorType(reported: reported) == expected)
    }

    // MARK: Lines

    private func lines(_ parts: [String]) -> [String] {
        var lines = LineSplitter()
        var result = parts.flatMap { lines.append(ByteBuffer(string: $0).readableBytesView) }
        if let last = lines.flush() { result.append(last) }
        return result
    }

    @Test(arguments: [
        (["a\nb\n"], ["a", "b"]), (["a", "b\nc"], ["ab", "c"]), (["a\r\n", "\n"], ["a", ""]), ([], []), (["é"], ["é"]),
    ])
    func cutsOutputIntoLines(parts: [String], expected: [String]) {
        #expect(lines(parts) == expected)
    }

    @Test func cutsALineThatNeverEnds() {
        let text = String(repeating: "x", count: 2 * LineSplitter.lineLimit + 1)
        #expect(
            lines([text + "\nshort\n"]).map(\.utf8.count) == [LineSplitter.lineLimit, LineSplitter.lineLimit, 1, 5]
        )
    }

    @Test func keepsTheEndOfALog() {
        var tail = LogTail()
        for index in 0..<2_000 { tail.append("line \(index)") }
        #expect(tail.last.count == LogTail.limit)
        #expect(String(decoding: tail.last, as: UTF8.self).hasSuffix("line 1998\nline 1999\n"))
    }
}
