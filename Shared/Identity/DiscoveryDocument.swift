import FoundationEssentials

/// What is needed of an issuer's metadata.
struct DiscoveryDocument: Decodable {
    var issuer: String
    var jwks_uri: String

    init(json: [UInt8], issuer: String) throws(IdentityError) {
        do {
            self = try JSONDecoder().decode(DiscoveryDocument.self, from: Data(json))
        } catch {
            throw .unavailable("The issuer's discovery document has no 'issuer' and 'jwks_uri'.")
        }
        // The specification demands that they are identical, lest one issuer speak for another.
        guard self.issuer == issuer else {
            throw .unavailable("The discovery document is of another issuer, \(self.issuer).")
        }
    }
}
