import NIOCore
import Testing

@testable import WebSocketGateway

@Suite struct RouteSelectionTests {
    private func key(_ expression: String, _ message: String) -> String? {
        RouteSelection(expression).key(for: ByteBuffer(string: message))
    }

    @Test(arguments: [
        ("$request.body.action", #"{"action":"send-message"}"#, "send-message" as String?),
        ("$request.body.a.b", #"{"a":{"b":"x"}}"#, "x"),
        ("$request.body.a-b", #"{"a-b":"x"}"#, "x"),
        ("$request.body['a b'].c", #"{"a b":{"c":"x"}}"#, "x"),
        (#"$request.body["a"]"#, #"{"a":"x"}"#, "x"),
        ("$request.body.list[1]", #"{"list":["x","y"]}"#, "y"),
        ("$request.body[0].a", #"[{"a":"x"}]"#, "x"),
        ("$.action", #"{"action":"x"}"#, "x"),
        ("$request.body.n", #"{"n":1}"#, "1"),
        ("$request.body.n", #"{"n":1.5}"#, "1.5"),
        ("$request.body.f", #"{"f":true}"#, "true"),
        ("$request.body.action", #"{"action":""}"#, ""),
        ("$request.body.action", #"{"action":null}"#, nil),
        ("$request.body.action", #"{"action":{}}"#, nil),
        ("$request.body.action", #"{"action":[]}"#, nil),
        ("$request.body.action", #"{"other":1}"#, nil),
        ("$request.body.a.b", #"{"a":"x"}"#, nil),
        ("$request.body.list[5]", #"{"list":[]}"#, nil),
        ("$request.body.action", "[1]", nil),
        ("$request.body.action", "\"action\"", nil),
        ("$request.body.action", "no JSON", nil),
        ("$request.body.action", "", nil),
    ])
    func evaluatesABarePath(_ expression: String, _ message: String, _ expected: String?) {
        #expect(key(expression, message) == expected)
    }

    @Test(arguments: [
        ("${request.body.x}/${request.body.y}", #"{"x":"a","y":"b"}"#, "a/b" as String?),
        ("${request.body.x}/${request.body.y}", #"{"x":"a"}"#, "a/"),
        ("${request.body.x}/${request.body.y}", "{}", "/"),
        ("${request.body.x}/${request.body.y}", "no JSON", nil),
        ("v1-${request.body.x.y}", #"{"x":{"y":2}}"#, "v1-2"),
        ("${request.body.a-b}", #"{"a-b":"x"}"#, "x"),
        (#"\$default"#, "no JSON", "$default"),
        (#"\$default"#, #"{"action":"x"}"#, "$default"),
        ("static", "anything", "static"),
        (#"\$${request.body.x}"#, #"{"x":"connect"}"#, "$connect"),
        ("${unknown}", "{}", "${unknown}"),
        ("${request.body.x", #"{"x":"a"}"#, "${request.body.x"),
    ])
    func evaluatesATemplate(_ expression: String, _ message: String, _ expected: String?) {
        #expect(key(expression, message) == expected)
    }
}
