import FoundationEssentials

/// The fields used from an issuer's discovery document.
struct DiscoveryDocument: Decodable {
    var issuer: String
    var jwks_uri: String

    init(json: [UInt8], issuer: String) throws(IdentityError) {
        do {
            self = try JSONDecoder().decode(DiscoveryDocument.self, from: Data(json))
        } catch {
            throw .unavailable("The issuer's discovery document has no 'issuer' and 'jwks_uri'.")
        }
        // The specification requires that they are identical, so that no issuer can impersonate another.
        guard self.issuer == issuer else {
            throw .unavailable("The discovery document belongs to another issuer, \(self.issuer).")
        }
    }
}
