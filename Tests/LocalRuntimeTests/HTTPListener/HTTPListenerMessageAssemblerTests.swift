import NIOCore
import NIOWebSocket
import Testing

@testable import HTTPListener

@Suite struct MessageAssemblerTests {
    /// A step in a form that can be compared.
    enum Outcome: Equatable {
        case nothing
        case message(String)
        case ping(String)
        case closed(Int, String)
        case violation(Int)

        init(_ step: MessageAssembler.Step) {
            self =
                switch step {
                case .nothing: .nothing
                case .message(let text): .message(String(buffer: text))
                case .ping(let data): .ping(String(buffer: data))
                case .closed(let closure): .closed(closure.code, closure.reason)
                case .violation(let closure): .violation(closure.code)
                }
        }
    }

    private func outcomes(_ frames: [WebSocketFrame], messageLimit: Int = 100, frameLimit: Int = 100) -> [Outcome] {
        var limits = HTTPListener.Limits()
        limits.webSocketMessage = messageLimit
        limits.webSocketFrame = frameLimit
        var assembler = MessageAssembler(limits: limits)
        return frames.map { Outcome(assembler.take($0)) }
    }

    private static func frame(_ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true) -> WebSocketFrame {
        var data = ByteBuffer(bytes: bytes)
        let key = WebSocketMaskingKey([1, 2, 3, 4])!
        data.webSocketMask(key)
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: key, data: data)
    }

    private static func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) -> WebSocketFrame {
        frame(opcode, Array(text.utf8), fin: fin)
    }

    @Test func assemblesAMessageOfOneFrame() {
        #expect(outcomes([Self.frame(.text, "hällo")]) == [.message("hällo")])
    }

    @Test func acceptsAnEmptyMessage() {
        #expect(outcomes([Self.frame(.text, "")]) == [.message("")])
    }

    @Test func joinsFragments() {
        let frames = [
            Self.frame(.text, "a", fin: false), Self.frame(.continuation, "", fin: false),
            Self.frame(.continuation, "b"), Self.frame(.text, "c"),
        ]
        #expect(outcomes(frames) == [.nothing, .nothing, .message("ab"), .message("c")])
    }

    @Test func acceptsControlFramesBetweenFragments() {
        let frames = [
            Self.frame(.text, "a", fin: false), Self.frame(.ping, "?"), Self.frame(.pong, "!"),
            Self.frame(.continuation, "b"),
        ]
        #expect(outcomes(frames) == [.nothing, .ping("?"), .nothing, .message("ab")])
    }

    @Test func acceptsACharacterSplitOverFrames() {
        let frames = [Self.frame(.text, [0xc3], fin: false), Self.frame(.continuation, [0xa4])]
        #expect(outcomes(frames) == [.nothing, .message("ä")])
    }

    @Test func refusesInvalidUTF8With1007() {
        let frames = [Self.frame(.text, [0xc3], fin: false), Self.frame(.continuation, [0x28])]
        #expect(outcomes(frames) == [.nothing, .violation(1007)])
    }

    @Test(arguments: [WebSocketOpcode.text, .ping])
    func refusesAFrameOverTheLimitWith1009(_ opcode: WebSocketOpcode) {
        #expect(outcomes([Self.frame(opcode, "12345")], frameLimit: 4) == [.violation(1009)])
    }

    @Test func appliesTheMessageLimitToAllFragments() {
        let frames = [Self.frame(.text, "123", fin: false), Self.frame(.continuation, "45")]
        #expect(outcomes(frames, messageLimit: 5) == [.nothing, .message("12345")])
        #expect(outcomes(frames, messageLimit: 4) == [.nothing, .violation(1009)])
    }

    /// Empty fragments would pass the message limit for ever.
    @Test(arguments: ["", "x"]) func limitsTheNumberOfFragments(_ fragment: String) {
        let rest = Array(
            repeating: Self.frame(.continuation, fragment, fin: false),
            count: MessageAssembler.maximumFrames
        )
        let results = outcomes([Self.frame(.text, fragment, fin: false)] + rest, messageLimit: 100_000)
        #expect(results.dropLast().allSatisfy { $0 == .nothing })
        #expect(results.last == .violation(1008))
    }

    @Test func countsTheFragmentsOfEachMessage() {
        let message = [Self.frame(.text, "a", fin: false), Self.frame(.continuation, "b")]
        let frames = Array(repeating: message, count: MessageAssembler.maximumFrames).flatMap { $0 }
        #expect(outcomes(frames).last == .message("ab"))
    }

    @Test func refusesBinaryFramesWith1003() {
        #expect(outcomes([Self.frame(.binary, "x")]) == [.violation(1003)])
    }

    @Test func refusesFramesOutOfOrderWith1002() {
        #expect(outcomes([Self.frame(.continuation, "x")]) == [.violation(1002)])
        let frames = [Self.frame(.text, "x", fin: false), Self.frame(.text, "y")]
        #expect(outcomes(frames) == [.nothing, .violation(1002)])
    }

    @Test func refusesUnmaskedAndExtendedFramesWith1002() {
        let unmasked = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: "x"))
        var compressed = Self.frame(.text, "x")
        compressed.rsv1 = true
        #expect(outcomes([unmasked]) == [.violation(1002)])
        #expect(outcomes([compressed]) == [.violation(1002)])
    }

    @Test(arguments: [
        ([], Outcome.closed(1005, "Client-side close frame status not set")),
        ([0x03, 0xe8], .closed(1000, "")),
        ([0x03, 0xe9, 0x62, 0x79, 0x65], .closed(1001, "bye")),
        ([0x0f, 0xa0], .closed(4000, "")),
        ([0x03], .violation(1002)),
        ([0x03, 0xed], .violation(1002)),
        ([0x03, 0xee], .violation(1002)),
        ([0x03, 0xf7], .violation(1002)),
        ([0x00, 0x01], .violation(1002)),
        ([0x13, 0x88], .violation(1002)),
        ([0x03, 0xe8, 0xff], .violation(1007)),
    ])
    func parsesCloseFrames(_ bytes: [UInt8], _ expected: Outcome) {
        #expect(outcomes([Self.frame(.connectionClose, bytes)]) == [expected])
    }
}
