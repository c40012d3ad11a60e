/// Where an issuer's key set comes from.
public protocol KeySource: Sendable {
    /// Fetches the JSON Web Key Set as it is now; throws `unavailable` if that cannot be done.
    func fetchKeySet() async throws(IdentityError) -> [UInt8]
}

/// An issuer's key set where its discovery document says it is.
/// https://openid.net/specs/openid-connect-discovery-1_0.html
public struct DiscoveredKeySource: KeySource {
    private let issuer: String
    private let keySetURL: String?
    private let fetcher: any DocumentFetcher

    /// - Parameter keySetURL: Where the keys are; nil: ask the discovery document.
    public init(issuer: String, keySetURL: String? = nil, fetcher: any DocumentFetcher = HTTPDocumentFetcher()) {
        self.issuer = issuer
        self.keySetURL = keySetURL
        self.fetcher = fetcher
    }

    public func fetchKeySet() async throws(IdentityError) -> [UInt8] {
        let url = if let keySetURL { keySetURL } else { try await discoverKeySetURL() }
        guard let document = try await fetcher.fetch(url) else {
            throw .unavailable("There is no key set at \(url).")
        }
        return document
    }

    private func discoverKeySetURL() async throws(IdentityError) -> String {
        // Issuers may end in a slash, and their documents are beneath them all the same.
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let document = try await fetcher.fetch("\(base)/.well-known/openid-configuration") else {
            return "\(base)/.well-known/jwks.json"
        }
        return try DiscoveryDocument(json: document, issuer: issuer).jwks_uri
    }
}
