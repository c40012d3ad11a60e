import EmulatorCore
import Testing

@testable import GatewayCore

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%a4", "ä"), ("100%", "100%"), ("%zz%4", "%zz%4"),
        ("%2F", "/"), ("%%41", "%A"), ("", ""),
    ])
    func decodesText(_ text: String, _ expected: String) {
        #expect(RequestTarget.decoded(text) == expected)
    }

    @Test func replacesInvalidUTF8() {
        #expect(RequestTarget.decoded("a%FFb") == "a\u{fffd}b")
    }

    @Test(arguments: [
        ("a=1&b=2", ["a=1", "b=2"]), ("a=1&a=2", ["a=1", "a=2"]), ("a", ["a="]), ("a=", ["a="]), ("=x", ["=x"]),
        ("a=b=c", ["a=b=c"]), ("&&a=1&", ["a=1"]), ("a+b=c%2Bd", ["a b=c+d"]), ("", []),
    ])
    func parsesQueries(_ query: String, _ expected: [String]) {
        #expect(RequestTarget.queryItems(query[...]).map { "\($0.name)=\($0.value)" } == expected)
    }

    @Test func groupsByName() {
        let groups = RequestTarget.queryItems("b=1&a=2&b=3").grouped()
        #expect(groups.map(\.key) == ["a", "b"])
        #expect(groups.map(\.value) == [["2"], ["1", "3"]])
        #expect(groups.lastValues.map(\.value) == ["2", "3"])
    }
}
