import EmulatorCore
import FoundationEssentials
import NIOCore
import Testing

@testable import GatewayCore

@Suite struct JSONTests {
    private struct Text: Decodable, Equatable { var text: String }

    private func written(_ text: String) throws -> Text {
        var asString = JSONWriter()
        asString.object { $0.field("text", text) }
        var asBytes = JSONWriter()
        asBytes.object { $0.field("text", text: ByteBuffer(string: text)) }
        #expect(asString.buffer == asBytes.buffer)
        return try JSONDecoder().decode(Text.self, from: Data(asString.buffer.readableBytesView))
    }

    @Test(arguments: (0x00...0x7f).map(UInt8.init))
    func writesEveryASCIIByte(_ byte: UInt8) throws {
        let text = "a" + String(UnicodeScalar(byte)) + "b"
        #expect(try written(text) == Text(text: text))
    }

    @Test(arguments: [
        "", "\"", "\\", "ä€👩‍👩‍👧‍👦", "\u{2028}\u{2029}", "\r\n\t", "</script>", String(repeating: "\"", count: 1_000),
    ])
    func writesText(_ text: String) throws {
        #expect(try written(text) == Text(text: text))
    }

    /// Escaping must be fast in a debug build too.
    @Test func writesALongText() throws {
        let text = String(repeating: "\"\u{1}ä", count: 250_000)
        #expect(try written(text) == Text(text: text))
    }

    @Test func escapesKeysAndKeepsTheirOrder() {
        var json = JSONWriter()
        json.object { json in
            json.field("b\"", "1")
            json.field("a", -5)
            json.nullField("n")
            json.field("absent", ifPresent: nil)
            json.field("flag", true)
            json.field("list", ["x", "y"])
            json.field("empty", [String]())
            json.field("inner") { $0.object { _ in } }
            json.field("map", [(key: "k", value: ["v", "w"])])
        }
        #expect(
            String(buffer: json.buffer)
                == #"{"b\"":"1","a":-5,"n":null,"flag":true,"list":["x","y"],"empty":[],"inner":{},"map":{"k":["v","w"]}}"#
        )
    }

    @Test(arguments: [
        #"{"a":[1,-2.5,"x",null,true,{"b":{}}],"c":{"d":[[]]}}"#, "[]", #""text""#, "12", "false", "null",
        #"{"l":9223372036854775807,"s":"\"\\\u0001ä"}"#,
    ])
    func writesParsedValuesUnchanged(_ text: String) throws {
        let value = try JSONValue(parsing: ByteBuffer(string: text))
        var json = JSONWriter()
        json.object { $0.field("v", value) }
        let back = try JSONValue(parsing: json.buffer)
        #expect(back["v"] == value)
    }

    @Test(arguments: ["", "{", "{'a':1}", "{\"a\":}", "nul", "{\"a\":1}}", "\"\u{1}\""])
    func refusesInvalidJSON(_ text: String) {
        #expect(throws: (any Error).self) { try JSONValue(parsing: ByteBuffer(string: text)) }
    }

    @Test(arguments: [
        ("\"x\"", JSONValue.string("x")), ("1", .integer(1)), ("-0", .integer(0)), ("1.5", .number(1.5)),
        ("1e2", .integer(100)), ("true", .boolean(true)), ("null", .null),
        ("18446744073709551616", .number(18446744073709551616)),
    ])
    func distinguishesTypes(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(parsing: ByteBuffer(string: text)) == expected)
    }

    /// A client determines the depth of its messages, which must not overflow the stack.
    @Test func refusesTooDeepNesting() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: (any Error).self) { try JSONValue(parsing: ByteBuffer(string: deep)) }
    }

    @Test func acceptsFiveHundredLevels() throws {
        let deep = String(repeating: "{\"a\":", count: 500) + "1" + String(repeating: "}", count: 500)
        #expect(try JSONValue(parsing: ByteBuffer(string: deep))["a"] != nil)
    }
}
