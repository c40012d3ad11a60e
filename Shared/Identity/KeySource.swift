/// Provides an issuer's key set.
public protocol KeySource: Sendable {
    /// Fetches the current JSON Web Key Set. Throws `unavailable` if that fails.
    func fetchKeySet() async throws(IdentityError) -> [UInt8]
}

/// Fetches the key set that an issuer's discovery document names.
/// https://openid.net/specs/openid-connect-discovery-1_0.html
public struct DiscoveredKeySource: KeySource {
    private let issuer: String
    private let keySetURL: String?
    private let fetcher: any DocumentFetcher

    /// - Parameter keySetURL: The URL of the key set. If nil, the discovery document names it.
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
        // The issuer may end in a slash, which is not part of the documents' base URL.
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let document = try await fetcher.fetch("\(base)/.well-known/openid-configuration") else {
            return "\(base)/.well-known/jwks.json"
        }
        return try DiscoveryDocument(json: document, issuer: issuer).jwks_uri
    }
}
