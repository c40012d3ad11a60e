import EmulatorCore
import NIOCore
import Testing

/// Compares the lookup of one value with decoding the whole text.
@Suite struct JSONLookupTests {
    private func expectSameAsDecoding(_ text: String, _ path: [JSONStep] = [.key("a")]) {
        let buffer = ByteBuffer(string: text)
        let decoded = try? JSONValue(parsing: buffer)
        let expected = path.reduce(decoded) { value, step in
            switch step {
            case .key(let key): value?[key]
            case .index(let index): value?[index]
            }
        }
        var found: JSONValue?
        var isValid = true
        do { found = try JSONValue.value(at: path, in: buffer) } catch { isValid = false }
        #expect(isValid == (decoded != nil), "\(text.debugDescription)")
        #expect(found == expected, "\(text.debugDescription)")
    }

    @Test(arguments: [
        #"{"a":"x"}"#, #"{"b":{"a":1},"a":2}"#, #"{"b":[{"a":1}],"a":[1,{"a":2}]}"#, #"{"a":{"a":{"a":null}}}"#,
        #"{"b":1}"#, "{}", "[]", "[1]", "1", "null", #""a""#, #"{ "b" : "a" , "a" : true }"#, "\t{\r\n\"a\"\n:\r1 }\n",
        #"{"a":false}"#, #"{"a":[]}"#, #"{"a":"ü€𐍈"}"#, #"{"a":12345678901234567890}"#, #"{"a":-0}"#, #"{"a":1.0}"#,
        #"{"a":1.5e3}"#, #"{"a":1E-2,"b":0.1}"#,
    ])
    func findsTheValue(_ text: String) { expectSameAsDecoding(text) }

    @Test(arguments: [
        #"{"a":"\"\\\/\b\f\n\r\t"}"#, #"{"\u0061":1}"#, #"{"a":"\ud83d\ude00"}"#, #"{"b\"":1,"a":2}"#,
        #"{"b":"\"a\":1","a":2}"#,
        #"{"a":"\ud83d"}"#, #"{"b":"\ud83d","a":1}"#, #"{"b":"\ude00","a":1}"#, #"{"b":"\ud83dx","a":1}"#,
        #"{"b":"\ud83d\u0041","a":1}"#, #"{"b":"\x","a":1}"#, #"{"b":"\u12","a":1}"#, #"{"b":"\u12g4","a":1}"#,
        #"{"\ud83d":1,"a":1}"#,
    ])
    func readsEscapes(_ text: String) { expectSameAsDecoding(text) }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":{"b":1},"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"a":1,"b":0,"a":[]}"#,
        #"{"a":1,"a":}"#,
    ])
    func takesTheSameOccurrenceOfARepeatedKey(_ text: String) {
        expectSameAsDecoding(text)
        expectSameAsDecoding(text, [.key("a"), .key("b")])
    }

    @Test(arguments: [
        "{,}", "[,]", #"{"a":1,,}"#, "[1,,]", "[1,", #"{"a":1,"#, #"{"a":1 , }"#, "[1 , ]", "[[1,],]",
        #"{"b":1,,"a":2}"#,
        "", " ", "{", "}", "[", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1}}"#, #"{"a":1} x"#, #"{a:1}"#,
        #"{'a':1}"#,
        #"{"a":1 "b":2}"#, #"{"a":01}"#, #"{"a":-}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#,
        #"{"a":1e999}"#, #"{"b":1e999,"a":1}"#, #"{"b":1e-999,"a":1}"#, #"{"a":nul}"#, #"{"a":True}"#, #"{"a":NaN}"#,
        #"{"a":"x}"#, "{\"a\":\"\u{1}\"}", "{\"a\":\"\n\"}", #"{"a":[1,]}"#, #"{"a":[1 2]}"#, #"{,"a":1}"#,
        #"{"a":1}//"#,
        "\u{feff}{\"a\":1}", "nothing", #"{"a":tru"#, #"{"a":1,"b"#, #"{"a":"\"#, "{\"a\":1}\u{0}", "{\"a\":\u{a0}1}",
    ])
    func acceptsExactlyWhatTheDecoderAccepts(_ text: String) { expectSameAsDecoding(text) }

    @Test(arguments: [
        "1e99", "1e-99", "1e+308", "1E308", "1e309", "-1e309", "1.8e308", "1e-300", "1e-323", "1e-324", "2.01e-400",
        "0e999", "-0.0e-999", "0.00e0999", "1e0000001", "1e00000000000000000000400", "12e99999999999999999999",
    ])
    func acceptsTheNumbersThatTheDecoderAccepts(_ number: String) {
        expectSameAsDecoding("{\"a\":\(number)}")
        expectSameAsDecoding("{\"b\":[\(number)],\"a\":1}")
    }

    @Test(arguments: ["", "e99", "e-99", "e-200", "e100"]) func acceptsTheLongNumbersThatTheDecoderAccepts(
        _ end: String
    ) {
        for count in [199, 201, 301, 308, 309, 310, 400] {
            let digits = String(repeating: "9", count: count)
            let zeros = String(repeating: "0", count: count)
            for number in [digits, "0.\(zeros)", "0.\(zeros)1", "\(digits).5"] {
                expectSameAsDecoding("{\"b\":\(number)\(end),\"a\":1}")
            }
        }
    }

    @Test(arguments: [
        [JSONStep.key("a"), .key("b")], [.key("a"), .index(1)], [.key("a"), .index(1), .key("b")], [.index(0)],
        [.key("a"), .index(9)], [.key("a"), .index(-1)], [],
    ])
    func followsAPath(_ path: [JSONStep]) {
        for text in [#"{"a":[1,{"b":2}]}"#, #"{"a":{"b":[3]}}"#, #"[{"a":1},2]"#, #"{"a":"b"}"#] {
            expectSameAsDecoding(text, path)
        }
    }

    @Test func comparesKeysAsStrings() {
        expectSameAsDecoding("{\"e\u{301}\":1}", [.key("\u{e9}")])
    }

    @Test(arguments: [500, 511, 512, 513, 600]) func limitsTheDepth(_ depth: Int) {
        expectSameAsDecoding(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        let objects = String(repeating: #"{"b":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        expectSameAsDecoding(objects, [.key("b")])
    }

    @Test func reportsWhereTheTextIsInvalid() {
        #expect {
            try JSONValue.value(at: [.key("a")], in: ByteBuffer(string: #"{"a":x}"#))
        } throws: { error in
            (error as? JSONSyntaxError)?.offset == 5
        }
    }
}
