import FoundationEssentials
import JWTKit

/// An issuer's keys. They are fetched on first use, when a token names an unknown key, and every half hour.
actor KeyCache {
    /// How long keys are used before they are fetched again, in seconds.
    static let refreshAge: TimeInterval = 1_800
    /// How long keys are used while they cannot be fetched again, in seconds. It limits how long a withdrawn key is
    /// accepted, whatever the issuer answers.
    static let maximumAge: TimeInterval = 3_600
    /// The shortest interval between two fetches, in seconds, so that tokens with invented keys cannot flood the
    /// issuer.
    static let minimumInterval: TimeInterval = 30
    /// The interval while there are no usable keys, in seconds. It is short because no token can be verified without keys.
    static let minimumIntervalWithoutKeys: TimeInterval = 1

    private struct CacheKey: Hashable {
        var key: VerificationKey
        var algorithm: SignatureAlgorithm
    }

    private let source: any KeySource
    private let now: @Sendable () -> Date
    private var keySet: KeySet?
    /// When the fetch of ``keySet`` began: the issuer may have withdrawn a key while it answered.
    private var fetchedAt = Date.distantPast
    private var attemptedAt = Date.distantPast
    private var failure: IdentityError?
    private var fetching: Task<Void, Never>?
    private var verifiers: [CacheKey: any JWTAlgorithm] = [:]

    init(source: any KeySource, now: @escaping @Sendable () -> Date) {
        self.source = source
        self.now = now
    }

    /// The verifier for the key that a token names.
    func verifier(
        keyIdentifier: String?,
        algorithm: SignatureAlgorithm
    ) async throws(IdentityError) -> any JWTAlgorithm {
        if keySet == nil || isOlder(than: Self.refreshAge) { await refresh() }
        if keySet?.key(named: keyIdentifier, for: algorithm) == nil { await refresh() }

        guard let keySet else { throw failure ?? .unavailable("The issuer's keys have not been fetched.") }
        guard !isOlder(than: Self.maximumAge) else {
            throw failure ?? .unavailable("The issuer's keys have not been fetched for an hour.")
        }
        guard let key = keySet.key(named: keyIdentifier, for: algorithm) else {
            // If the fetch failed, the issuer may have published the key.
            throw failure ?? .invalid("The token is signed with a key that its issuer has not published.")
        }
        return try await verifier(for: key, algorithm: algorithm)
    }

    /// Whether the keys are older than `age` in seconds, or, after the clock was set back, of unknown age.
    private func isOlder(than age: TimeInterval) -> Bool {
        !(0..<age).contains(now().timeIntervalSince(fetchedAt))
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

    /// Fetches the keys, unless they were fetched recently. Concurrent callers wait for the same fetch.
    private func refresh() async {
        if fetching == nil {
            let hasKeys = keySet != nil && !isOlder(than: Self.maximumAge)
            let interval = hasKeys ? Self.minimumInterval : Self.minimumIntervalWithoutKeys
            // Not within the interval, even if the clock was set back.
            guard !(0..<interval).contains(now().timeIntervalSince(attemptedAt)) else { return }
            attemptedAt = now()
            // An unstructured task, because other requests wait for it even if the first one is cancelled.
            fetching = Task { await fetch() }
        }
        await fetching?.value
    }

    private func fetch() async {
        let began = now()
        do {
            keySet = try KeySet(json: await source.fetchKeySet())
            verifiers = [:]
            fetchedAt = began
            failure = nil
        } catch {
            failure = error
        }
        fetching = nil
    }
}
