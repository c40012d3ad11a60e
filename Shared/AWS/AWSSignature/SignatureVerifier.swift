import ByteEncodings
public import FoundationEssentials
import Synchronization

/// Checks signatures as AWS does, for somebody who stands in for one of its services.
public struct SignatureVerifier: Sendable {
    /// The service a request must be signed for; nil: any.
    public var service: String?
    /// The region a request must be signed for; nil: any.
    public var region: String?
    /// How far the clocks may be apart, in seconds: five minutes for most services, 15 for S3.
    public var clockTolerance: TimeInterval
    /// Whether queries may be signed as before Version 4, as S3 takes them in its older regions; of other services a
    /// request signed like that never is.
    public var allowsVersion2 = false
    /// The credentials with that access key id, if there are any.
    public var credentials: @Sendable (_ accessKeyID: String) -> Credentials?

    let keys = SigningKeys()

    public init(
        service: String? = nil,
        region: String? = nil,
        clockTolerance: TimeInterval = 300,
        credentials: @escaping @Sendable (_ accessKeyID: String) -> Credentials?
    ) {
        self.service = service
        self.region = region
        self.clockTolerance = clockTolerance
        self.credentials = credentials
    }

    /// Believes or refuses what a request says about its signature.
    ///
    /// - Parameter request: With ``PayloadHash/unsigned`` as its payload the body is not checked, and whoever reads it
    ///   checks it against the returned ``VerifiedSignature/payload``.
    @discardableResult
    public func verify(_ request: SignableRequest, at now: Date) throws(SignatureError) -> VerifiedSignature {
        if allowsVersion2, let claim = try SignatureV2.Claim(of: request) { return try verify(claim, at: now) }
        let claim = try SignatureClaim(of: request)
        try checkScope(of: claim)
        try checkTime(of: claim, at: now)
        try checkSignedHeaders(of: claim, in: request)
        let credentials = try credentials(claim.accessKeyID, sessionToken: claim.sessionToken)
        let payload = try payload(of: request, claim)

        let headers = request.headers.lazy
            .map { ($0.name.lowercased(), $0.value) }
            .filter { claim.signedHeaders.contains($0.0) }
        let canonicalRequest = CanonicalRequest(
            method: request.method,
            path: request.path,
            pathRule: PathRule(service: claim.scope.service),
            query: CanonicalQuery(request.query, excluding: claim.isPresigned ? "X-Amz-Signature" : nil),
            headers: CanonicalHeaders(Array(headers)),
            payload: payload
        )
        let key = keys.key(secretAccessKey: credentials.secretAccessKey, scope: claim.scope)
        guard key.isSignature(claim.signature, of: canonicalRequest, at: claim.time) else { throw Self.mismatch }
        return VerifiedSignature(
            accessKeyID: claim.accessKeyID,
            scope: claim.scope,
            payload: payload,
            isPresigned: claim.isPresigned,
            signature: Hexadecimal.encode(claim.signature),
            time: claim.time
        )
    }

    private func checkScope(of claim: SignatureClaim) throws(SignatureError) {
        if let service, claim.scope.service != service {
            throw SignatureError(.wrongScope, message: "Credential should be scoped to correct service: '\(service)'.")
        }
        if let region, claim.scope.region != region {
            throw SignatureError(
                .wrongScope,
                message: "Credential should be scoped to a valid region, not '\(claim.scope.region)'."
            )
        }
        guard claim.scope.day == claim.time.day else {
            throw SignatureError(
                .wrongScope,
                message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'\(claim.scope.day)' != '\(claim.time.day)', from '\(claim.time.text)'."
            )
        }
    }

    private func checkTime(of claim: SignatureClaim, at now: Date) throws(SignatureError) {
        let age = now.timeIntervalSince(claim.time.date)
        if age > claim.lifetime.map(TimeInterval.init) ?? clockTolerance {
            throw SignatureError(
                .expired,
                message: "Signature expired: \(claim.time.text) is too early at \(SigningTime(now).text)."
            )
        }
        if age < -clockTolerance {
            throw SignatureError(
                .notYetValid,
                message: "Signature not yet current: \(claim.time.text) is too late at \(SigningTime(now).text)."
            )
        }
    }

    /// What is not signed can be changed on the way, so what matters must be signed.
    private func checkSignedHeaders(of claim: SignatureClaim, in request: SignableRequest) throws(SignatureError) {
        let names = ["host"] + request.headers.map { $0.name.lowercased() }.filter { $0.hasPrefix("x-amz-") }
        for name in names where !claim.signedHeaders.contains(name) {
            throw SignatureError(
                .unsignedHeader,
                message: "'\(name)' must be a 'SignedHeader' in the AWS Authorization."
            )
        }
    }

    private func verify(_ claim: SignatureV2.Claim, at now: Date) throws(SignatureError) -> VerifiedSignature {
        guard now.timeIntervalSince1970 < TimeInterval(claim.expires) else {
            throw SignatureError(.expired, message: "Request has expired")
        }
        let credentials = try credentials(claim.accessKeyID, sessionToken: claim.sessionToken)
        guard SignatureV2.isSignature(claim.signature, of: claim.stringToSign, by: credentials)
        else { throw Self.mismatch }
        return VerifiedSignature(
            accessKeyID: claim.accessKeyID,
            scope: CredentialScope(day: String(SigningTime(now).day), region: region ?? "us-east-1", service: "s3"),
            payload: .unsigned,
            isPresigned: true,
            signature: "",
            time: nil
        )
    }

    private static var mismatch: SignatureError {
        SignatureError(
            .mismatch,
            message: "The request signature we calculated does not match the signature you provided. "
                + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )
    }

    private func credentials(
        _ accessKeyID: String,
        sessionToken: String?
    ) throws(SignatureError) -> Credentials {
        guard let known = credentials(accessKeyID), known.sessionToken == sessionToken else {
            throw SignatureError(
                .unknownCredentials,
                message: "The security token included in the request is invalid."
            )
        }
        return known
    }

    /// What the client signed in the place of the body, checked against the body where that is known.
    private func payload(of request: SignableRequest, _ claim: SignatureClaim) throws(SignatureError) -> PayloadHash {
        guard let declared = request.header("x-amz-content-sha256").map(PayloadHash.init(value:)) else {
            let leavesBodyOpen = claim.isPresigned && PathRule(service: claim.scope.service) == .encodedOnce
            return leavesBodyOpen ? .unsigned : request.payload
        }
        guard !declared.isHash || request.payload == .unsigned || declared == request.payload else {
            throw SignatureError(
                .payloadMismatch,
                message: "The provided 'x-amz-content-sha256' header does not match what was computed."
            )
        }
        return declared
    }
}

/// The keys that were derived last: one is good for every request of a day.
final class SigningKeys: Sendable {
    private struct Source: Hashable {
        var secretAccessKey: String
        var scope: CredentialScope
    }

    private let keys = Mutex<[Source: SigningKey]>([:])

    func key(secretAccessKey: String, scope: CredentialScope) -> SigningKey {
        let source = Source(secretAccessKey: secretAccessKey, scope: scope)
        if let known = keys.withLock({ $0[source] }) { return known }
        let key = SigningKey(secretAccessKey: secretAccessKey, scope: scope)
        keys.withLock { keys in
            // Whoever guesses scopes must not fill the memory.
            if keys.count >= 100 { keys.removeAll() }
            keys[source] = key
        }
        return key
    }
}

/// A signature that holds.
public struct VerifiedSignature: Sendable, Hashable {
    public var accessKeyID: String
    public var scope: CredentialScope
    /// What was signed for the body: its hash, or a word (`UNSIGNED-PAYLOAD`, `STREAMING-…`) in its place.
    public var payload: PayloadHash
    /// Whether the signature was in the query.
    public var isPresigned: Bool

    /// In lower-case hexadecimal digits; empty unless it is of Version 4.
    let signature: String
    let time: SigningTime?
}
