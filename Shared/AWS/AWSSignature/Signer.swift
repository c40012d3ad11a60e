import ByteEncodings
public import FoundationEssentials
import Synchronization

/// Signs requests to one service in one region with AWS Signature Version 4.
public final class Signer: Sendable {
    public let credentials: Credentials
    public let service: String
    public let region: String
    private let pathRule: PathRule
    /// Cached, because deriving a key takes five hashes and it is valid all day.
    private let currentKey = Mutex<SigningKey?>(nil)

    /// - Parameters:
    ///   - service: The service's name in credential scopes: `execute-api`, `s3`, `sqs`.
    ///   - region: For example `eu-central-1`.
    public init(credentials: Credentials, service: String, region: String) {
        self.credentials = credentials
        self.service = service
        self.region = region
        pathRule = PathRule(service: service)
    }

    /// Signs a request and returns the headers to add to it: `X-Amz-Date`, `Authorization`, for temporary credentials
    /// `X-Amz-Security-Token`, and for S3 `X-Amz-Content-SHA256`.
    ///
    /// All headers of the request are signed, except those that proxies and HTTP clients change.
    public func headers(for request: SignableRequest, at date: Date) -> [(name: String, value: String)] {
        let time = SigningTime(date)
        var added = [(name: "X-Amz-Date", value: time.text)]
        if let sessionToken = credentials.sessionToken {
            added.append(("X-Amz-Security-Token", sessionToken))
        }
        if pathRule == .encodedOnce {
            added.append(("X-Amz-Content-SHA256", request.payload.value))
        }
        let signed = CanonicalHeaders(signable(request.headers) + added.map { ($0.name.lowercased(), $0.value) })
        let canonicalRequest = CanonicalRequest(
            method: request.method,
            path: request.path,
            pathRule: pathRule,
            query: CanonicalQuery(request.query),
            headers: signed,
            payload: request.payload
        )
        let key = key(for: time)
        let signature = key.signature(of: canonicalRequest, at: time)
        added.append(
            (
                "Authorization",
                "\(signatureAlgorithm) Credential=\(credentials.accessKeyID)/\(key.scope.text), "
                    + "SignedHeaders=\(signed.names), Signature=\(signature)"
            )
        )
        return added
    }

    /// Presigns a request, so that a client without credentials can send it. Returns the complete query.
    ///
    /// For S3 the signature does not cover the body; for other services it covers `request.payload`.
    /// - Parameter lifetime: In seconds; at most 604,800, which is one week.
    public func presignedQuery(for request: SignableRequest, at date: Date, lifetime: Int) -> String {
        let time = SigningTime(date)
        let key = key(for: time)
        let signed = CanonicalHeaders(signable(request.headers))
        var parameters = request.query.isEmpty ? [] : [request.query]
        parameters += [
            "X-Amz-Algorithm=\(signatureAlgorithm)",
            "X-Amz-Credential=\(PercentEncoding.encode("\(credentials.accessKeyID)/\(key.scope.text)"))",
            "X-Amz-Date=\(time.text)",
            "X-Amz-Expires=\(lifetime)",
            "X-Amz-SignedHeaders=\(PercentEncoding.encode(signed.names))",
        ]
        if let sessionToken = credentials.sessionToken {
            parameters.append("X-Amz-Security-Token=\(PercentEncoding.encode(sessionToken))")
        }
        let query = parameters.joined(separator: "&")
        let canonicalRequest = CanonicalRequest(
            method: request.method,
            path: request.path,
            pathRule: pathRule,
            query: CanonicalQuery(query),
            headers: signed,
            payload: pathRule == .encodedOnce ? .unsigned : request.payload
        )
        return "\(query)&X-Amz-Signature=\(key.signature(of: canonicalRequest, at: time))"
    }

    func key(for time: SigningTime) -> SigningKey {
        currentKey.withLock { current in
            if let current, current.scope.day == time.day { return current }
            let scope = CredentialScope(day: String(time.day), region: region, service: service)
            let key = SigningKey(secretAccessKey: credentials.secretAccessKey, scope: scope)
            current = key
            return key
        }
    }

    private func signable(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        headers.lazy
            .map { ($0.name.lowercased(), $0.value) }
            .filter { !headersNeverSigned.contains($0.0) }
    }
}

/// Headers that proxies and HTTP clients add, remove or change.
private let headersNeverSigned: Set<String> = [
    "authorization", "connection", "expect", "keep-alive", "transfer-encoding", "user-agent", "x-amzn-trace-id",
]
