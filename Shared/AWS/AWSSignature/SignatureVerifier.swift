import ByteEncodings
public import FoundationEssentials
import Synchronization

/// Verifies request signatures as AWS does, for servers that emulate an AWS service.
public struct SignatureVerifier: Sendable {
    /// The service that requests must be signed for; nil allows any.
    public var service: String?
    /// The region that requests must be signed for; nil allows any.
    public var region: String?
    /// The allowed difference between the clocks, in seconds: five minutes for most services, 15 minutes for S3.
    public var clockTolerance: TimeInterval
    /// Whether Version 2 signatures in queries are accepted. Only S3 does, in its older regions.
    public var allowsVersion2 = false
    /// Looks up the credentials with an access key id.
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

    /// Verifies the signature of a request.
    ///
    /// - Parameter request: If its payload is ``PayloadHash/unsigned``, the body is not checked. The caller must then
    ///   check it against the returned ``VerifiedSignature/payload``.
    @discardableResult
    public func verify(_ request: SignableRequest, at now: Date) throws(SignatureError) -> VerifiedSignature {
        let claim = Result { () throws(SignatureError) in try SignatureClaim(of: request) }
        return try verify(request, claim: claim, at: now)
    }

    /// The same for a request whose claim has been parsed before.
    public func verify(
        _ request: SignableRequest,
        claim: Result<SignatureClaim, SignatureError>,
        at now: Date
    ) throws(SignatureError) -> VerifiedSignature {
        if allowsVersion2, let claim = try SignatureV2.Claim(of: request) { return try verify(claim, at: now) }
        let claim = try claim.get()
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

    /// Requires that `Host` and all `x-amz-` headers are signed, because unsigned headers can be altered in transit.
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

    /// The payload hash that the client signed. Throws if it differs from the hash of a known body.
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

/// Caches derived keys. A key is valid for all requests of one day.
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
            // Limits the memory that requests with invented scopes can use.
            if keys.count >= 100 { keys.removeAll() }
            keys[source] = key
        }
        return key
    }
}

/// A verified signature.
public struct VerifiedSignature: Sendable, Hashable {
    public var accessKeyID: String
    public var scope: CredentialScope
    /// The signed hash of the body, or a keyword in its place (`UNSIGNED-PAYLOAD`, `STREAMING-…`).
    public var payload: PayloadHash
    /// Whether the signature was in the query.
    public var isPresigned: Bool

    /// Lower-case hexadecimal digits; empty for Version 2.
    let signature: String
    let time: SigningTime?
}
