import Authentication
import Identity
import TestSupport
import Testing

@testable import Authorize

struct AuthorizeTests {
    private static let methodArn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/$connect"

    private static let token = unsignedToken(#"{"sub":"alice","cognito:username":"other","exp":1795297156}"#)

    private let handler = AuthorizeHandler(
        authenticator: TokenAuthenticator(by: .subject) { token in
            guard token == Self.token else { throw IdentityError(.invalid, "The signature does not match.") }
        }
    )

    /// `T` in a value stands for the valid token.
    private static func filled(_ values: [String: String]?) -> [String: String]? {
        values?.mapValues { $0.replacing("T", with: token) }
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
            (["Authorization": "T"], nil), (["Authorization": "Bearer T"], nil),
            (nil, ["Authorization": "Bearer T"]), (nil, ["authorization": "bearer T"]),
            (["x": "y"], ["AUTHORIZATION": "Bearer  T"]),
        ] as [([String: String]?, [String: String]?)]
    )
    func acceptsAValidToken(query: [String: String]?, headers: [String: String]?) async throws {
        let event = event(query: Self.filled(query), headers: Self.filled(headers))
        let response = try await handler.handle(event, context: .test)

        let context = ["userId": "alice", "exp": "1795297156"]
        #expect(response == .allow("alice", toInvoke: Self.methodArn, context: context))
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
            (["Authorization": "Basic T"], nil), (["authorization": "T"], nil),
            (["Authorization": "x.y.z"], ["Authorization": "Bearer T"]), (nil, ["Authorization": "Bearer x y"]),
        ] as [([String: String]?, [String: String]?)]
    )
    func refusesAMissingOrInvalidToken(query: [String: String]?, headers: [String: String]?) async {
        let error = await #expect(throws: Unauthorized.self) {
            try await handler.handle(
                event(query: Self.filled(query), headers: Self.filled(headers)),
                context: .test
            )
        }
        #expect(error?.errorMessage == "Unauthorized")
    }

    @Test(arguments: [
        "{}", #"{"sub":"alice"}"#, #"{"exp":1795297156}"#, #"{"sub":"alice","exp":"never"}"#,
        #"{"sub":"alice","exp":1e300}"#, #"{"sub":["alice"],"exp":1795297156}"#, #"{"sub":"","exp":1795297156}"#,
    ])
    func refusesATokenWithoutAUserOrAnExpiry(claims: String) async {
        let handler = AuthorizeHandler(authenticator: TokenAuthenticator(by: .subject) { _ in })
        await #expect(throws: Unauthorized.self) {
            try await handler.handle(event(query: ["Authorization": unsignedToken(claims)]), context: .test)
        }
    }

    @Test func readsItsConfiguration() throws {
        let all = Environment([
            "IDENTITY_ISSUER": "https://i", "IDENTITY_AUDIENCE": "a, b,,", "IDENTITY_JWKS_URL": "https://k",
        ])
        #expect(
            try IdentityConfiguration(environment: all)
                == IdentityConfiguration(
                    issuer: "https://i",
                    audiences: ["a", "b"],
                    keySetURL: "https://k"
                )
        )
        let empty = Environment([
            "IDENTITY_ISSUER": "https://i", "IDENTITY_AUDIENCE": "", "IDENTITY_JWKS_URL": "",
        ])
        #expect(try IdentityConfiguration(environment: empty) == IdentityConfiguration(issuer: "https://i"))
        #expect(throws: MissingVariable(name: "IDENTITY_ISSUER")) {
            try IdentityConfiguration(environment: Environment(["IDENTITY_ISSUER": ""]))
        }
    }

    @Test func failsIfTheIssuerDoesNotRespond() async {
        let handler = AuthorizeHandler(
            authenticator: TokenAuthenticator(by: .subject) { _ in throw IdentityError(.unavailable, "No keys.") }
        )
        await #expect(throws: IdentityError.self) {
            try await handler.handle(event(query: ["Authorization": "a.b.c"]), context: .test)
        }
    }
}
