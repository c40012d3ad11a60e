import ByteEncodings
import FoundationEssentials

/// What a JSON Web Token says about its user. Its signature, times, issuer and audience are verified elsewhere.
public struct TokenClaims {
    /// The values of `typ` in a token's header that an access or ID token may have (RFC 7519, RFC 9068).
    private static let headerTypes: Set<String> = ["jwt", "at+jwt", "application/at+jwt", "application/jwt"]
    /// The value of Keycloak's claim `typ` in an access token. Others are `ID`, `Refresh`, `Offline` and `Logout`.
    private static let claimTypes: Set<String> = ["bearer"]

    private let header: Members
    private let payload: Members

    /// Nil if the text is not a JSON Web Token.
    public init?(_ token: BearerToken) {
        let parts = token.text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Members(parts[0]), let payload = Members(parts[1]) else { return nil }
        self.header = header
        self.payload = payload
    }

    /// The user whom the token identifies; nil if the claim is absent, is not a string, or is not a valid id, or if the
    /// token is of a kind that does not identify a caller.
    public func user(by claim: UserClaim) -> UserID? {
        guard header.allows("typ", Self.headerTypes), payload.allows("typ", Self.claimTypes),
            payload.allows("token_use", claim.tokenUses)
        else { return nil }
        return payload.string(claim.name).flatMap(UserID.init(validating:))
    }

    /// The claim `exp`, in whole seconds since 1970; nil if it is absent or not a number.
    public var expiry: Int64? { payload.number("exp") }
}

/// The members of a JSON object.
private struct Members: Decodable {
    private let container: KeyedDecodingContainer<Name>

    init?(_ part: some Sequence<UInt8>) {
        guard let json = Base64URL.decode(part), let members = try? JSONDecoder().decode(Self.self, from: Data(json))
        else { return nil }
        self = members
    }

    init(from decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: Name.self)
    }

    func string(_ name: String) -> String? {
        try? container.decode(String.self, forKey: Name(stringValue: name))
    }

    /// A number without its fraction.
    func number(_ name: String) -> Int64? {
        (try? container.decode(Double.self, forKey: Name(stringValue: name)))
            .flatMap { Int64(exactly: $0.rounded(.down)) }
    }

    /// Whether a member is absent, or one of these strings, whose case does not matter.
    func allows(_ name: String, _ values: Set<String>) -> Bool {
        guard container.contains(Name(stringValue: name)) else { return true }
        return string(name).map { values.contains($0.lowercased()) } ?? false
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
