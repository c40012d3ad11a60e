import NIOCore
import NIOHTTP1
import NIOWebSocket
import Testing

@testable import HTTPListener

@Suite struct InputMeterTests {
    private static func head(_ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: method, uri: "/", headers: headers))
    }

    private static func body(_ size: Int) -> HTTPServerRequestPart { .body(ByteBuffer(repeating: 0, count: size)) }

    private static func meter(_ parts: [HTTPServerRequestPart]) -> InputMeter {
        var meter = InputMeter()
        for part in parts { meter.add(part) }
        return meter
    }

    @Test(arguments: [(1, 1_000, 997), (255, 256, 1), (256, 256, 0), (8_192, 100, 0)])
    func chargesForSmallChunks(size: Int, count: Int, expected: Int) {
        let chunks = Array(repeating: Self.body(size), count: count)
        #expect(Self.meter([Self.head(.POST, ["Transfer-Encoding": "chunked"])] + chunks).cost == expected)
    }

    @Test func chargesForPipelinedRequestsOnly() {
        #expect(Self.meter([Self.head(), .end(nil)]).cost == 0)
        #expect(
            Self.meter([Self.head(), .end(nil), Self.head(), .end(nil)]).cost == InputMeter.pipelinedRequest
        )
    }

    @Test func tellsHowMuchOfABodyIsMissing() {
        var meter = Self.meter([Self.head(.POST, ["Content-Length": "1000"]), Self.body(300)])
        #expect(meter.bodyRemaining == 700)
        meter.reset()
        #expect(meter.bodyRemaining == 700)
        #expect(meter.cost == 0)
        meter.add(.end(nil))
        #expect(meter.bodyRemaining == 0)
    }

    @Test(arguments: [
        ("CONNECT", "", "", true), ("GET", "Upgrade", "websocket", true),
        ("POST", "keep-alive, upgrade", "h2c", true), ("GET", "close", "", true), ("GET", "", "h2c", false),
        ("GET", "Upgrade", "", false), ("GET", "", "", false),
    ])
    func knowsTheRequestAfterWhichTheParserStops(method: String, connection: String, upgrade: String, expected: Bool) {
        var headers = HTTPHeaders()
        if !connection.isEmpty { headers.add(name: "Connection", value: connection) }
        if !upgrade.isEmpty { headers.add(name: "Upgrade", value: upgrade) }
        #expect(Self.meter([Self.head(HTTPMethod(rawValue: method), headers)]).isLastRequest == expected)
    }

    @Test(arguments: [
        (WebSocketOpcode.ping, true, 0, 1), (.pong, true, 125, 1), (.text, true, 0, 1), (.text, true, 8, 0),
        (.text, false, 0, 1), (.text, false, 256, 0), (.continuation, false, 1, 1), (.continuation, true, 255, 1),
    ])
    func chargesForFrames(_ opcode: WebSocketOpcode, fin: Bool, size: Int, expected: Int) {
        var meter = InputMeter()
        meter.add(WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(repeating: 0, count: size)))
        #expect(meter.cost == expected)
    }

    @Test func makesADebtorWaitUntilItsUnitsAreBack() {
        let begin = NIODeadline.uptimeNanoseconds(0)
        var budget = UnitBudget(capacity: 100, unitsPerSecond: 1_000, at: begin)
        budget.spend(100, at: begin)
        #expect(!budget.isInDebt)
        budget.spend(500, at: begin)
        #expect(budget.isInDebt)
        #expect(budget.delay(at: begin) >= .milliseconds(500))
        #expect(budget.delay(at: begin + .milliseconds(501)) == .zero)
        // An idle connection does not save more than the capacity.
        budget.spend(101, at: begin + .hours(1))
        #expect(budget.isInDebt)
    }
}
