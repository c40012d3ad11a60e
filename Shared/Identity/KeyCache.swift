import FoundationEssentials
import JWTKit

/// An issuer's keys, fetched when they are first needed, when a token names an unknown one, and once an hour.
actor KeyCache {
    /// Keys that an issuer has withdrawn are believed no longer than this, in seconds.
    static let maximumAge: TimeInterval = 3_600
    /// Tokens that name keys nobody has must not make us flood the issuer.
    static let minimumInterval: TimeInterval = 30
    /// Without any keys nothing works, so the next attempt may come soon.
    static let minimumIntervalWithoutKeys: TimeInterval = 1

    private struct CacheKey: Hashable {
        var key: VerificationKey
        var algorithm: SignatureAlgorithm
    }

    private let source: any KeySource
    private let now: @Sendable () -> Date
    private var keySet: KeySet?
    private var fetchedAt = Date.distantPast
    private var attemptedAt = Date.distantPast
    private var failure: IdentityError?
    private var fetching: Task<Void, Never>?
    private var verifiers: [CacheKey: any JWTAlgorithm] = [:]

    init(source: any KeySource, now: @escaping @Sendable () -> Date) {
        self.source = source
        self.now = now
    }

    /// What verifies signatures of that kind by the key that a token names.
    func verifier(
        keyIdentifier: String?,
        algorithm: SignatureAlgorithm
    ) async throws(IdentityError) -> any JWTAlgorithm {
        if keySet == nil || now().timeIntervalSince(fetchedAt) >= Self.maximumAge { await refresh() }
        if keySet?.key(named: keyIdentifier, for: algorithm) == nil { await refresh() }

        guard let keySet else { throw failure ?? .unavailable("The issuer's keys have not been fetched.") }
        guard let key = keySet.key(named: keyIdentifier, for: algorithm) else {
            // If the issuer could not be asked, it may well have published the key.
            throw failure ?? .invalid("The token is signed with a key that its issuer has not published.")
        }
        return try await verifier(for: key, algorithm: algorithm)
    }

    private func verifier(
        for key: VerificationKey,
        algorithm: SignatureAlgorithm
    ) async throws(IdentityError) -> any JWTAlgorithm {
        let cacheKey = CacheKey(key: key, algorithm: algorithm)
        if let verifier = verifiers[cacheKey] { return verifier }
        guard let verifier = await key.verifier(for: algorithm) else {
            throw .invalid("The token is signed with a key that is malformed or too weak.")
        }
        verifiers[cacheKey] = verifier
        return verifier
    }

    /// Fetches the keys unless that was done just now; whoever comes meanwhile waits for the same fetch.
    private func refresh() async {
        if fetching == nil {
            let interval = keySet == nil ? Self.minimumIntervalWithoutKeys : Self.minimumInterval
            guard now().timeIntervalSince(attemptedAt) >= interval else { return }
            attemptedAt = now()
            // A task of its own, because the request that needs the keys first may be cancelled, and others wait too.
            fetching = Task { await fetch() }
        }
        await fetching?.value
    }

    private func fetch() async {
        do {
            keySet = try KeySet(json: await source.fetchKeySet())
            verifiers = [:]
            fetchedAt = now()
            failure = nil
        } catch {
            failure = error
        }
        fetching = nil
    }
}
