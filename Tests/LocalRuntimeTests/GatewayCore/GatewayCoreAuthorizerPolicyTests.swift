import NIOCore
import Testing

@testable import GatewayCore

@Suite struct AuthorizerPolicyTests {
    @Test(arguments: [
        ("", "not a JSON object"), ("[]", "not a JSON object"), ("{}", "principalId"),
        (#"{"isAuthorized":true}"#, "EnableSimpleResponses"), (#"{"principalId":"a"}"#, "policyDocument"),
        (#"{"principalId":"a","policyDocument":{},"context":[]}"#, "context"),
        (#"{"principalId":""# + String(repeating: "a", count: 9_000) + #""}"#, "more than 8192"),
    ])
    func tellsWhatIsWrongWithAResponse(response: String, mentions: String) {
        #expect(decision(response) == .malformed)
        #expect(AuthorizerDecision.problem(with: ByteBuffer(string: response)).contains(mentions))
    }

    private static let method = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/$connect"

    private func decision(_ response: String) -> AuthorizerDecision {
        AuthorizerDecision(policyResponse: ByteBuffer(string: response), methodARN: Self.method)
    }

    private static func policy(_ statements: String, context: String? = nil) -> String {
        let more = context.map { #","context":\#($0)"# } ?? ""
        return #"{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":\#(statements)}\#(more)}"#
    }

    private static func statement(_ effect: String, _ resource: String, action: String = "\"execute-api:Invoke\"")
        -> String
    {
        #"{"Effect":"\#(effect)","Action":\#(action),"Resource":\#(resource)}"#
    }

    @Test(arguments: [
        statement("Allow", "\"\(method)\""), statement("Allow", "\"*\""),
        statement("Allow", "\"arn:aws:execute-api:*:*:a1b2c3d4e5/*\""),
        statement("Allow", "[\"nothing\",\"*connect\"]"),
        statement("Allow", "\"*\"", action: "\"execute-api:*\""),
        statement("Allow", "\"*\"", action: "[\"s3:Get\",\"*\"]"),
        statement("Allow", "\"*\"", action: "\"EXECUTE-API:invoke\""),
        statement("Allow", "\"arn:aws:execute-api:us-east-?:123456789012:a1b2c3d4e5/live/$connect\""),
        "[\(statement("Deny", "\"other\"")),\(statement("Allow", "\"*\""))]",
    ])
    func allowsAMethodThatThePolicyCovers(_ statements: String) {
        #expect(decision(Self.policy(statements)) == .allow(["principalId": "ann"]))
    }

    @Test(arguments: [
        statement("Deny", "\"*\""), statement("Allow", "\"arn:aws:execute-api:us-east-1:123456789012:other/*\""),
        statement("Allow", "\"*\"", action: "\"execute-api:ManageConnections\""), "[]",
        "[\(statement("Allow", "\"*\"")),\(statement("Deny", "\"*/$connect\""))]", statement("allow", "\"*\""),
    ])
    func deniesExplicitlyAndByDefault(_ statements: String) {
        #expect(decision(Self.policy(statements)) == .deny)
    }

    @Test(arguments: [
        "", "null", "\"Allow\"", "{}", #"{"policyDocument":{}}"#, #"{"principalId":1,"policyDocument":{}}"#,
        #"{"principalId":"ann"}"#, policy("[]", context: "[]"), policy("[]", context: #"{"a":{}}"#),
        policy("[]", context: #"{"a":["b"]}"#),
        policy(statement("Allow", "\"*\""), context: #"{"a":"\#(String(repeating: "x", count: 8_192))"}"#),
    ])
    func recognizesMalformedResponses(_ response: String) {
        #expect(decision(response) == .malformed)
    }

    @Test func convertsTheContextToText() {
        let response = Self.policy(Self.statement("Allow", "\"*\""), context: #"{"s":"x","n":1,"d":1.5,"b":false}"#)
        #expect(
            decision(response) == .allow(["principalId": "ann", "s": "x", "n": "1", "d": "1.5", "b": "false"])
        )
    }

    @Test(arguments: [
        ("", "", true), ("", "*", true), ("", "?", false), ("abc", "a*c", true), ("abc", "a?c", true),
        ("ac", "a?c", false),
        ("abcbc", "a*bc", true), ("abcb", "a*bc", false), ("aXbXc", "*X*X*", true), ("a", "**", true),
        ("A", "a", false),
    ])
    func matchesWildcards(_ text: String, _ pattern: String, _ expected: Bool) {
        #expect(AuthorizerDecision.matches(text, pattern: pattern) == expected)
    }
}
