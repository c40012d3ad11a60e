import Crypto
import FileCredentials
import Files
import FoundationEssentials
import Testing

@Suite struct FileCredentialTests {
    private let file: FileID
    private let other: FileID
    private let configuration: FileCredentialConfiguration
    private let signer: FileCredentialSigner
    private let verifier: FileCredentialVerifier

    init() throws {
        file = try #require(FileID("0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.jpg"))
        other = try #require(FileID("0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.png"))
        configuration = try FileCredentialConfiguration(secrets: FileCredentialSecrets("b:\(secretB),a:\(secretA)"))
        signer = FileCredentialSigner(configuration)
        verifier = FileCredentialVerifier(configuration)
    }

    // MARK: Signing

    /// The token was computed with PyJWT.
    @Test func signsTheKnownToken() throws {
        let credential = signer.token(for: file, at: Date(timeIntervalSince1970: 1_800_000_000))
        #expect(credential.token == knownAnswer)
        #expect(credential.expiry == Date(timeIntervalSince1970: 1_800_003_870))
        #expect(try verifier.verify(knownAnswer, for: file, at: now) == credential.expiry)
    }

    @Test func changesOnlyAtExpiriesThatAreOneLifetimeApart() throws {
        var tokens: [String: Date] = [:]
        for second in stride(from: 0, to: 3 * 3600, by: 7) {
            let credential = signer.token(for: file, at: now + Double(second))
            #expect(
                tokens.updateValue(credential.expiry, forKey: credential.token) ?? credential.expiry
                    == credential.expiry
            )
        }
        let expiries = tokens.values.sorted()
        #expect((3...4).contains(expiries.count))
        for (earlier, later) in zip(expiries, expiries.dropFirst()) { #expect(later == earlier + 3600) }
    }

    @Test(arguments: [1, 2, 3, 59, 60, 3600, 604_800])
    func isValidForOneToFiveQuartersOfTheLifetime(lifetime: Int) throws {
        let signer = FileCredentialSigner(
            try FileCredentialConfiguration(secrets: configuration.secrets, lifetime: lifetime)
        )
        for second in 0..<500 {
            let date = now + Double(second) * 97.3
            let remaining = signer.token(for: file, at: date).expiry.timeIntervalSince(date)
            #expect(remaining >= Double(lifetime / 4))
            #expect(remaining <= Double(lifetime / 4 + lifetime + 1))
        }
    }

    @Test func expiresAtDifferentTimesForDifferentFiles() {
        let expiries = (0..<200).map { _ in
            signer.token(for: FileID(uuid: UUID(), type: .text), at: now).expiry
        }
        #expect(Set(expiries).count > 150)
    }

    @Test func makesURLs() throws {
        let environment = Environment([
            "FILES_URL": "https://files.example.com/files/", "FILE_CREDENTIAL_SECRETS": "b:\(secretB)",
            "FILE_CREDENTIAL_LIFETIME": "3600",
        ])
        let urls = try #require(try SignedFileURLs(environment: environment))
        #expect(urls.url(for: file, at: now) == "https://files.example.com/files/\(file)?s=\(knownAnswer)")
        #expect(try SignedFileURLs(environment: Environment(["FILES_URL": "https://files.example.com"])) == nil)
    }

    // MARK: Verifying

    @Test func refusesEveryTokenWithOneBitChanged() throws {
        let token = Array(signer.token(for: file, at: now).token.utf8)
        for index in token.indices {
            for bit in 0..<8 {
                var changed = token
                changed[index] ^= 1 << bit
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: FileCredentialError.self, "byte \(index), bit \(bit)") {
                    try verifier.verify(text, for: file, at: now)
                }
            }
        }
    }

    @Test func refusesEveryTokenOfAnotherLength() throws {
        let token = signer.token(for: file, at: now).token
        for length in 0..<token.utf8.count {
            #expect(throws: FileCredentialError.self) {
                try verifier.verify(String(token.prefix(length)), for: file, at: now)
            }
        }
        for tail in ["=", ".", "A", " ", "\n", "\0", "AAAA"] {
            #expect(throws: FileCredentialError.self) { try verifier.verify(token + tail, for: file, at: now) }
            #expect(throws: FileCredentialError.self) { try verifier.verify(tail + token, for: file, at: now) }
        }
    }

    @Test func refusesMissingAndOversizedTokens() {
        #expect(refusal(of: nil) == .missing)
        #expect(refusal(of: "") == .missing)
        #expect(refusal(of: String(repeating: "A", count: 100_000)) == .malformed)
    }

    @Test func refusesTheTokenOfAnotherFile() {
        #expect(refusal(of: signer.token(for: other, at: now).token) == .otherFile)
    }

    @Test func refusesAnExpiredToken() throws {
        let credential = signer.token(for: file, at: now)
        #expect(try verifier.verify(credential.token, for: file, at: credential.expiry - 0.001) == credential.expiry)
        for late in [0, 0.5, 1e6] {
            #expect(throws: FileCredentialError.expired) {
                try verifier.verify(credential.token, for: file, at: credential.expiry + late)
            }
        }
    }

    @Test(arguments: ["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", ""])
    func refusesOtherAlgorithms(algorithm: String) {
        let header = #"{"alg":"\#(algorithm)","kid":"b","typ":"JWT"}"#
        #expect(refusal(of: token(header: header, payload: goodPayload)) == .otherAlgorithm)
        let unsigned = token(header: header, payload: goodPayload).split(separator: ".").prefix(2).joined(
            separator: "."
        )
        #expect(refusal(of: unsigned + ".") == .otherAlgorithm)
    }

    @Test(arguments: [
        #"{"alg":"HS256","typ":"JWT","kid":"b"}"#, #"{"alg":"HS256","kid":"b","typ":"JWT","x":1}"#,
        #"{"alg":"HS256", "kid":"b","typ":"JWT"}"#, #"{"alg":"HS256","kid":"b"}"#, #"{"alg":"HS256","typ":"JWT"}"#,
        #"{"alg":"HS256","alg":"none","kid":"b","typ":"JWT"}"#, #"{"alg":"HS256","kid":"\u0062","typ":"JWT"}"#, "", "1",
    ])
    func refusesOtherFormsOfTheHeader(header: String) {
        let error = refusal(of: token(header: header, payload: goodPayload))
        #expect(error == .malformed || error == .otherAlgorithm)
    }

    @Test func refusesOtherFormsOfThePayload() {
        for payload in [
            #"{"sub":"\#(file)","exp":1800003870}"#, #"{"exp":1800003870, "sub":"\#(file)"}"#,
            #"{"exp":1800003870,"sub":"\#(file)","x":1}"#, #"{"exp":"1800003870","sub":"\#(file)"}"#,
            #"{"exp":01800003870,"sub":"\#(file)"}"#, #"{"exp":+1800003870,"sub":"\#(file)"}"#,
            #"{"exp":1800003870.0,"sub":"\#(file)"}"#, #"{"exp":1.8e9,"sub":"\#(file)"}"#, #"{"sub":"\#(file)"}"#,
            #"{"exp":99999999999999999999,"sub":"\#(file)"}"#, "{}", "[]", "null", "", goodPayload + " ",
            goodPayload + "\0",
        ] {
            #expect(refusal(of: token(payload: payload)) == .malformed, "\(payload)")
        }
    }

    @Test func refusesUnknownSecrets() {
        #expect(
            refusal(of: token(header: #"{"alg":"HS256","kid":"c","typ":"JWT"}"#, payload: goodPayload)) == .forged
        )
        #expect(refusal(of: token(payload: goodPayload, secret: secretA)) == .forged)
    }

    // MARK: Secrets

    @Test func verifiesWithEverySecretAndSignsWithTheNewest() throws {
        let old = try FileCredentialConfiguration(secrets: FileCredentialSecrets("a:\(secretA)"))
        let token = FileCredentialSigner(old).token(for: file, at: now).token
        #expect(try verifier.verify(token, for: file, at: now) > now)
        let newToken = signer.token(for: file, at: now).token
        #expect(throws: FileCredentialError.forged) {
            try FileCredentialVerifier(old).verify(newToken, for: file, at: now)
        }
    }

    @Test(arguments: [
        "", "a", "a:", ":\(secretA)", "a:AAAA", "a:\(secretA),a:\(secretB)", "a:\(secretA),", "a b:\(secretA)",
        "a:\(secretA.dropLast())", "a\":\(secretA)",
    ])
    func refusesInvalidSecrets(text: String) throws {
        let error = #expect(throws: FileCredentialConfigurationError.self) { try FileCredentialSecrets(text) }
        #expect(error?.errorMessage.contains(secretA.prefix(8)) == false)
    }

    @Test(arguments: ["0", "-1", "604801", "1.5", "x"])
    func refusesInvalidLifetimes(lifetime: String) {
        let environment = Environment([
            "FILE_CREDENTIAL_SECRETS": "a:\(secretA)", "FILE_CREDENTIAL_LIFETIME": lifetime,
        ])
        #expect(throws: FileCredentialConfigurationError.self) {
            try FileCredentialConfiguration(environment: environment)
        }
    }

    // MARK: Forging

    private var goodPayload: String { #"{"exp":1800003870,"sub":"\#(file)"}"# }

    private func refusal(of token: String?) -> FileCredentialError? {
        do {
            _ = try verifier.verify(token, for: file, at: now)
            return nil
        } catch {
            return error
        }
    }

    private func token(
        header: String = #"{"alg":"HS256","kid":"b","typ":"JWT"}"#,
        payload: String,
        secret: String = secretB
    ) -> String {
        let signed = "\(base64URL(header.utf8)).\(base64URL(payload.utf8))"
        let key = SymmetricKey(data: Data(base64Encoded: secret) ?? Data())
        return "\(signed).\(base64URL(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)))"
    }
}

private let now = Date(timeIntervalSince1970: 1_800_000_000)
private let secretA = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
private let secretB = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
private let knownAnswer =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImIiLCJ0eXAiOiJKV1QifQ."
    + "eyJleHAiOjE4MDAwMDM4NzAsInN1YiI6IjAxOTdmOWM0LTZhM2ItN2MxMS04ZDVlLTJmNGI2YThjMGUxMy5qcGcifQ."
    + "oEXS1D1VKW_817Uk9HmyJnUjyEfRUMMGiX8AsqJotQo"
