public import ChatCore
public import Identity

extension IdentityConfiguration {
    /// Reads `IDENTITY_ISSUER` and the optional `IDENTITY_AUDIENCE` (several separated by commas) and
    /// `IDENTITY_JWKS_URL`.
    public init(environment: Environment) throws(MissingVariable) {
        let audiences = environment["IDENTITY_AUDIENCE"]?.split(separator: ",").map { audience in
            String(audience.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        self.init(
            issuer: try environment.required("IDENTITY_ISSUER"),
            audiences: audiences?.filter { !$0.isEmpty } ?? [],
            keySetURL: environment["IDENTITY_JWKS_URL"]
        )
    }
}
