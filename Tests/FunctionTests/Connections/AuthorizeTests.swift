import ChatCore
import Identity
import TestSupport
import Testing

@testable import Authorize

struct AuthorizeTests {
    private static let methodArn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/$connect"

    private let handler = AuthorizeHandler { token in
        guard token == "a.b.c" else { throw IdentityError(.invalid, "The signature does not match.") }
        return VerifiedToken(claims: ["cognito:username": .string("alice"), "sub": .string("5f7e1b7c")])
    }

    private func event(query: [String: String]? = nil, headers: [String: String]? = nil) -> WebSocketAuthorizerEvent {
        WebSocketAuthorizerEvent(
            methodArn: Self.methodArn,
            headers: headers,
            queryStringParameters: query,
            requestContext: .test("$connect", .connect)
        )
    }

    @Test(
        arguments: [
            (["Authorization": "a.b.c"], nil), (["Authorization": "Bearer a.b.c"], nil),
            (nil, ["Authorization": "Bearer a.b.c"]), (nil, ["authorization": "bearer a.b.c"]),
            (["x": "y"], ["AUTHORIZATION": "Bearer  a.b.c"]),
        ] as [([String: String]?, [String: String]?)]
    )
    func acceptsAValidToken(query: [String: String]?, headers: [String: String]?) async throws {
        let response = try await handler.handle(event(query: query, headers: headers), context: .test)

        #expect(response == .allow("alice", toInvoke: Self.methodArn, context: ["userId": "alice"]))
    }

    @Test func encodesThePolicyOfALambdaAuthorizer() throws {
        let response = AuthorizerResponse.allow("alice", toInvoke: Self.methodArn, context: ["userId": "alice"])
        let expected: JSON = [
            "principalId": "alice",
            "policyDocument": [
                "Version": "2012-10-17",
                "Statement": [
                    ["Action": "execute-api:Invoke", "Effect": "Allow", "Resource": .string(Self.methodArn)]
                ],
            ],
            "context": ["userId": "alice"],
        ]
        #expect(try JSON(String(decoding: response.json(), as: UTF8.self)) == expected)
    }

    @Test(
        arguments: [
            (nil, nil), ([:], [:]), (["Authorization": ""], nil), (["Authorization": "Bearer"], nil),
            (["Authorization": "Basic a.b.c"], nil), (["authorization": "a.b.c"], nil),
            (["Authorization": "x.y.z"], ["Authorization": "Bearer a.b.c"]), (nil, ["Authorization": "Bearer x y"]),
        ] as [([String: String]?, [String: String]?)]
    )
    func refusesAMissingOrInvalidToken(query: [String: String]?, headers: [String: String]?) async {
        let error = await #expect(throws: Unauthorized.self) {
            try await handler.handle(event(query: query, headers: headers), context: .test)
        }
        #expect(error?.errorMessage == "Unauthorized")
    }

    @Test(arguments: [[:], ["sub": ""], ["sub": "a\nb"], ["sub": String(repeating: "x", count: 129)]])
    func refusesATokenWithoutAValidUserID(claims: [String: String]) async {
        let handler = AuthorizeHandler { _ in VerifiedToken(claims: claims.mapValues { .string($0) }) }
        await #expect(throws: Unauthorized.self) {
            try await handler.handle(event(query: ["Authorization": "a.b.c"]), context: .test)
        }
    }

    @Test func readsItsConfiguration() throws {
        let all = Environment([
            "IDENTITY_ISSUER": "https://i", "IDENTITY_AUDIENCE": "a, b,,", "IDENTITY_JWKS_URL": "https://k",
            "IDENTITY_USER_CLAIM": "email",
        ])
        #expect(
            try IdentityConfiguration(environment: all)
                == IdentityConfiguration(
                    issuer: "https://i",
                    audiences: ["a", "b"],
                    keySetURL: "https://k",
                    userClaim: "email"
                )
        )
        let empty = Environment([
            "IDENTITY_ISSUER": "https://i", "IDENTITY_AUDIENCE": "", "IDENTITY_JWKS_URL": "", "IDENTITY_USER_CLAIM": "",
        ])
        #expect(try IdentityConfiguration(environment: empty) == IdentityConfiguration(issuer: "https://i"))
        #expect(throws: MissingVariable(name: "IDENTITY_ISSUER")) {
            try IdentityConfiguration(environment: Environment(["IDENTITY_ISSUER": ""]))
        }
    }

    @Test func failsIfTheIssuerDoesNotRespond() async {
        let handler = AuthorizeHandler { _ in throw IdentityError(.unavailable, "No keys.") }
        await #expect(throws: IdentityError.self) {
            try await handler.handle(event(query: ["Authorization": "a.b.c"]), context: .test)
        }
    }
}
