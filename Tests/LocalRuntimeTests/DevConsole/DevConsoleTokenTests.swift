import DevConsole
import Foundation
import HTTPListener
import JWTKit
import NIOCore
import NIOHTTP1
import Testing

@Suite struct DevConsoleTokenTests {
    @Test func issuesTokensThatItsKeySetVerifies() async throws {
        let console = try await ConsoleFixture()
        let (claims, expiresIn) = try await issue(#"{"user":"alice"}"#, on: console)
        #expect(claims.sub == "alice")
        #expect(claims.iss == ConsoleFixture.issuerURL)
        #expect(claims.aud == nil)
        #expect(claims.exp - claims.iat == 3_600)
        #expect(expiresIn == 3_600)
        #expect(claims.username == nil)
    }

    @Test func takesExpiryAndClaimsFromTheRequest() async throws {
        let request = """
            {"user":"böb@x","expiresIn":1,"claims":{"cognito:username":"bobby","aud":"other","deep":[1,{"a":null}],"big":1e300}}
            """
        let (claims, expiresIn) = try await issue(request, on: try await ConsoleFixture())
        #expect(claims.sub == "böb@x")
        #expect(claims.username == "bobby")
        #expect(claims.aud == "other")
        #expect(claims.exp - claims.iat == 1)
        #expect(expiresIn == 1)
    }

    @Test(arguments: [
        "", "null", "[]", #""alice""#, "{}", #"{"user":""}"#, #"{"user":7}"#, #"{"user":null}"#,
        #"{"user":"a\u0000b"}"#,
        #"{"user":"\#(String(repeating: "x", count: 129))"}"#, #"{"user":"alice""#,
        #"{"user":"alice","expiresIn":0}"#, #"{"user":"alice","expiresIn":-1}"#, #"{"user":"alice","expiresIn":86401}"#,
        #"{"user":"alice","expiresIn":1.5}"#, #"{"user":"alice","expiresIn":"60"}"#, #"{"user":"alice","claims":[]}"#,
        #"{"user":"alice","claims":{"sub":"bob"}}"#, #"{"user":"alice","claims":{"iss":"https://evil.test"}}"#,
        #"{"user":"alice","expiresIn":1e300}"#,
    ])
    func refusesInvalidRequests(body: String) async throws {
        let response = try await ConsoleFixture().respond(.POST, "/_local/token", body: body)
        #expect(response.status == .badRequest)
        #expect(try response.decoded([String: String].self)["message"]?.hasSuffix(".") == true)
    }

    @Test func acceptsTheLongestName() async throws {
        let name = String(repeating: "é", count: 128)
        let (claims, _) = try await issue(#"{"user":"\#(name)"}"#, on: try await ConsoleFixture())
        #expect(claims.sub == name)
    }

    @Test func describesItselfAsAnOpenIDIssuer() async throws {
        struct Discovery: Decodable {
            var issuer: String
            var jwks_uri: String
            var id_token_signing_alg_values_supported: [String]
        }
        let response = try await ConsoleFixture().respond(.GET, "/_local/.well-known/openid-configuration")
        let document = try response.decoded(Discovery.self)
        #expect(document.issuer == ConsoleFixture.issuerURL)
        #expect(document.jwks_uri == "\(ConsoleFixture.issuerURL)/.well-known/jwks.json")
        #expect(document.id_token_signing_alg_values_supported == ["RS256"])
    }

    @Test func publishesOnlyThePublicKey() async throws {
        struct KeySet: Decodable { var keys: [[String: String]] }
        let response = try await ConsoleFixture().respond(.GET, "/_local/.well-known/jwks.json")
        let key = try #require(try response.decoded(KeySet.self).keys.first)
        #expect(Set(key.keys) == ["kty", "use", "alg", "kid", "n", "e"])
        #expect(key["e"] == "AQAB")
    }

    @Test func keepsItsKeyAcrossRestartsInAPrivateFile() async throws {
        let directory = try TemporaryDirectory()
        let before = try await issuer(in: directory)
        let after = try await issuer(in: directory)
        #expect(try await keySet(of: before) == keySet(of: after))
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/issuer-key.pem")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["issuer-key.pem"])
    }

    @Test func usesOneKeyIfTwoStartAtOnce() async throws {
        let directory = try TemporaryDirectory()
        async let one = issuer(in: directory)
        async let other = issuer(in: directory)
        #expect(try await keySet(of: one) == keySet(of: other))
    }

    @Test func errorForAnUnusableKeySaysWhatToDo() async throws {
        let directory = try TemporaryDirectory()
        try Data("no key".utf8).write(to: URL(filePath: "\(directory.path)/issuer-key.pem"))
        let error = await #expect(throws: DevelopmentIssuerError.self) { try await issuer(in: directory) }
        #expect(error?.code == .keyNotReadable)
        #expect(error?.message.contains("Delete it") == true)
    }

    @Test func errorForAnUnwritableKeyNamesThePath() async throws {
        let directory = try TemporaryDirectory()
        let error = await #expect(throws: DevelopmentIssuerError.self) {
            try await DevelopmentIssuer(url: "x", dataDirectory: "\(directory.path)/missing")
        }
        #expect(error?.code == .keyNotWritable)
        #expect(error?.message.contains("\(directory.path)/missing/issuer-key.pem") == true)
    }

    // MARK: Support

    private struct TokenResponse: Decodable {
        var token: String
        var expiresIn: Int
    }

    private struct Claims: JWTPayload {
        var iss: String
        var sub: String
        var aud: String?
        var iat: Int
        var exp: Int
        var username: String?

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, iat, exp
            case username = "cognito:username"
        }

        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// Requests a token and verifies it with the published key set only.
    private func issue(_ body: String, on console: ConsoleFixture) async throws -> (Claims, Int) {
        let response = try await console.respond(.POST, "/_local/token", body: body)
        try #require(response.status == .ok)
        #expect(response.headers["Cache-Control"] == ["no-store"])
        let issued = try response.decoded(TokenResponse.self)
        let published = try await console.respond(.GET, "/_local/.well-known/jwks.json").text
        let keys = try await JWTKeyCollection().add(jwksJSON: published)
        return (try await keys.verify(issued.token, as: Claims.self), issued.expiresIn)
    }

    private func issuer(in directory: TemporaryDirectory) async throws -> DevelopmentIssuer {
        try await DevelopmentIssuer(url: ConsoleFixture.issuerURL, dataDirectory: directory.path)
    }

    private func keySet(of issuer: DevelopmentIssuer) async throws -> String {
        var fixture = try await ConsoleFixture()
        fixture.console = DevConsole(
            activity: fixture.activity,
            invoker: fixture.invoker,
            issuer: issuer,
            policy: RequestPolicy(),
            info: { ConsoleFixture.info },
            health: { HealthReport(checks: []) },
            disconnect: { _ in false }
        )
        return try await fixture.respond(.GET, "/_local/.well-known/jwks.json").text
    }
}
