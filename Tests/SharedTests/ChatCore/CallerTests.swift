import ChatCore
import FoundationEssentials
import TestSupport
import Testing

/// Both doors find the user of a token by the same rules.
struct CallerTests {
    /// A request whose token has these claims, as API Gateway flattens them into the event.
    private func event(claims: String, header: String = #"{"alg":"RS256"}"#, verified: AuthorizerValues) -> HTTPEvent {
        var event = HTTPEvent.request("GET /conversations")
        event.headers["authorization"] = "Bearer \(unsignedToken(claims, header: header))"
        event.requestContext.authorizer = .init(jwt: .init(claims: verified))
        return event
    }

    private func user(_ claims: String, by claim: String, header: String = #"{"alg":"RS256"}"#) -> UserID? {
        TokenClaims(BearerToken(text: unsignedToken(claims, header: header)))?.user(by: UserClaim(name: claim))
    }

    @Test(
        arguments: [
            (#"{"sub":"5f7e","email":"a@example.com"}"#, "sub", "5f7e"),
            (#"{"sub":"5f7e","email":"a@example.com"}"#, "email", "a@example.com"),
            (#"{"sub":"5f7e","cognito:username":"alice","token_use":"id"}"#, "cognito:username", "alice"),
            (#"{"sub":"5f7e","username":"alice","token_use":"access"}"#, "username", "alice"),
            (#"{"sub":"5f7e","token_use":"access"}"#, "sub", "5f7e"),
            (#"{"sub":"5f7e","token_use":"id"}"#, "sub", "5f7e"), (#"{"sub":"5f7e","typ":"Bearer"}"#, "sub", "5f7e"),
            (#"{"sub":"110169484474386276334"}"#, "sub", "110169484474386276334"), (#"{"sub":"7"}"#, "sub", "7"),
            (#"{"sub":"[bob]"}"#, "sub", "[bob]"), (#"{"sub":"true"}"#, "sub", "true"),
        ] as [(String, String, UserID)]
    )
    func isTheConfiguredClaim(claims: String, claim: String, expected: UserID) throws {
        #expect(user(claims, by: claim) == expected)
        let verified = ["sub": "5f7e"].merging([claim: expected.rawValue]) { _, own in own }
        let event = event(claims: claims, verified: AuthorizerValues(verified))
        #expect(try event.caller(by: UserClaim(name: claim)) == expected)
    }

    /// The second value is what API Gateway makes of the claim.
    static let refused: [(claim: String, verified: String)] = [
        (#"["bob"]"#, "[bob]"), ("[]", "[]"), (#"["bob","eve"]"#, "[bob eve]"), ("7", "7"), ("7.5", "7.5"),
        ("-0", "0"), ("1e3", "1000"), ("true", "true"), ("false", "false"), ("null", "null"), ("null", ""),
        (#"{"a":"b"}"#, "map[a:b]"), ("{}", "map[]"), (#""""#, ""), (#"" bob""#, " bob"), (#""bob ""#, "bob "),
        (#""b  ob""#, "b  ob"), (#""bob\u200b""#, "bob\u{200b}"), (#""bob\u0000""#, "bob\u{0}"),
        (#""bob\n""#, "bob\n"), (#""\u202ebob""#, "\u{202e}bob"), (#""bo\u00adb""#, "bo\u{ad}b"),
        (#""bob\u00a0""#, "bob\u{a0}"), (#""b\u3164b""#, "b\u{3164}b"), (#""b\u2800b""#, "b\u{2800}b"),
    ]

    @Test(arguments: refused)
    func isNothingButAVisibleString(claim: (claim: String, verified: String)) async {
        let claims = #"{"sub":"alice","name":\#(claim.claim)}"#
        #expect(user(claims, by: "name") == nil)
        await expectRefusal(.unauthorized) {
            let event = event(claims: claims, verified: ["sub": "alice", "name": claim.verified])
            _ = try event.caller(by: UserClaim(name: "name"))
        }
    }

    @Test(arguments: [
        (#"{"sub":"alice"}"#, "cognito:username"), (#"{"username":"alice"}"#, "sub"),
        (#"{"sub":"alice","cognito:username":"a","token_use":"access"}"#, "cognito:username"),
        (#"{"sub":"alice","username":"a","token_use":"id"}"#, "username"),
        (#"{"sub":"alice","token_use":"refresh"}"#, "sub"), (#"{"sub":"alice","token_use":7}"#, "sub"),
        (#"{"sub":"alice","token_use":null}"#, "sub"), (#"{"sub":"alice","typ":"Refresh"}"#, "sub"),
        (#"{"sub":"alice","typ":"ID"}"#, "sub"), (#"{"sub":"alice","typ":"Logout"}"#, "sub"),
        (#"{"sub":"alice","typ":["Bearer"]}"#, "sub"), ("[]", "sub"), ("null", "sub"), (#""sub""#, "sub"), ("", "sub"),
    ])
    func isNeverReadFromAnotherClaimOrKindOfToken(claims: String, claim: String) async {
        #expect(user(claims, by: claim) == nil)
        await expectRefusal(.unauthorized) {
            let event = event(claims: claims, verified: ["sub": "alice", "username": "alice"])
            _ = try event.caller(by: UserClaim(name: claim))
        }
    }

    @Test(arguments: [
        ("JWT", true), ("jwt", true), ("at+jwt", true), ("application/at+jwt", true), ("logout+jwt", false),
        ("dpop+jwt", false), ("", false),
    ])
    func dependsOnTheTypeInTheHeader(type: String, isAccepted: Bool) {
        let found = user(#"{"sub":"alice"}"#, by: "sub", header: #"{"alg":"RS256","typ":"\#(type)"}"#)
        #expect((found != nil) == isAccepted)
    }

    /// The event's claims are those that API Gateway verified.
    @Test(
        arguments: [
            (["authorization": "Bearer \(unsignedToken(#"{"sub":"mallory"}"#))"], ["sub": "alice"]),
            (["authorization": "Bearer \(unsignedToken(#"{"sub":"alice"}"#))"], [:]),
            (["authorization": "Bearer a b"], ["sub": "alice"]), (["authorization": ""], ["sub": "alice"]),
            (["authorization": "Bearer x"], ["sub": "alice"]), ([:], ["sub": "alice"]),
            (["authorization": "\(unsignedToken(#"{"sub":"alice"}"#)).x"], ["sub": "alice"]),
            (["authorization": "Basic \(unsignedToken(#"{"sub":"alice"}"#))"], ["sub": "alice"]),
        ] as [([String: String], AuthorizerValues)]
    )
    func isInTheVerifiedClaimsToo(headers: [String: String], verified: AuthorizerValues) async {
        await expectRefusal(.unauthorized) {
            var event = HTTPEvent.request("GET /conversations")
            event.headers = headers
            event.requestContext.authorizer = .init(jwt: .init(claims: verified))
            _ = try event.caller(by: .subject)
        }
    }

    // MARK: Connections

    @Test func isTheUserOfTheAuthorizerUntilTheTokenExpires() async throws {
        let event = WebSocketEvent.message("{}", from: "alice", expiry: 1_800_000_000)
        let lastMoment = Date(timeIntervalSince1970: 1_800_000_059.9)
        #expect(try event.caller(at: lastMoment) == "alice")
        await expectRefusal(.unauthorized) { _ = try event.caller(at: lastMoment + 0.1) }
    }

    @Test(
        arguments: [
            [:], ["userId": "alice"], ["exp": "1800000000"], ["userId": "alice", "exp": "soon"],
            ["userId": "alice\u{200b}", "exp": "1800000000"],
        ] as [AuthorizerValues]
    )
    func isUnauthorizedWithoutAUserOrAnExpiry(context: AuthorizerValues) async {
        var event = WebSocketEvent.message("{}", from: nil)
        event.requestContext.authorizer = context
        await expectRefusal(.unauthorized) { _ = try event.caller(at: .distantPast) }
    }
}
