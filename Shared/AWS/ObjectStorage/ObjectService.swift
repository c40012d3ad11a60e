public import AWSSignature
import ByteEncodings
public import FoundationEssentials

/// Whose objects, and where: S3 of a region, or what answers as it does at an endpoint.
public struct ObjectService: Sendable {
    public let region: String
    let signer: Signer
    /// Nil for S3 itself.
    private let endpoint: Endpoint?

    private struct Endpoint: Sendable {
        /// `http://127.0.0.1:3001`
        var origin: String
        /// The value of the `Host` header.
        var host: String
        /// What comes before the bucket, without a slash at its end.
        var path: String
    }

    /// With the credentials of the environment, in `AWS_REGION`, at `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` where that
    /// is set, as AWS's SDKs have it.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ObjectStorageError) {
        guard let credentials = Credentials(environment: environment) else {
            throw ObjectStorageError(.misconfigured, "there are no AWS credentials")
        }
        try self.init(
            credentials: credentials,
            region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1",
            endpoint: ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].lazy.compactMap { environment[$0] }
                .first { !$0.isEmpty }
        )
    }

    /// - Parameter endpoint: A URL, where objects are under `/{bucket}/{key}`; nil for S3, where each bucket has a host.
    public init(credentials: Credentials, region: String, endpoint: String?) throws(ObjectStorageError) {
        self.region = region
        signer = Signer(credentials: credentials, service: "s3", region: region)
        self.endpoint = try endpoint.map { text throws(ObjectStorageError) in
            guard
                let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
                let host = url.host(percentEncoded: true), !host.isEmpty, url.query == nil
            else { throw ObjectStorageError(.misconfigured, "'\(text)' is not a URL") }
            let port = url.port.map { ":\($0)" } ?? ""
            let path = url.path(percentEncoded: true)
            return Endpoint(
                origin: "\(scheme)://\(host)\(port)",
                host: host + port,
                path: path.hasSuffix("/") ? String(path.dropLast()) : path
            )
        }
    }

    /// The address of a bucket, or of an object in it, on the network.
    func location(_ bucket: String, key: String = "") -> Location {
        let key = key.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode(String($0)) }
            .joined(separator: "/")
        if let endpoint {
            return Location(origin: endpoint.origin, host: endpoint.host, path: "\(endpoint.path)/\(bucket)/\(key)")
        }
        let suffix = region.hasPrefix("cn-") ? ".cn" : ""
        let host = "\(bucket).s3.\(region).amazonaws.com\(suffix)"
        return Location(origin: "https://\(host)", host: host, path: "/\(key)")
    }

    struct Location: Sendable {
        let origin: String
        let host: String
        /// Percent-encoded.
        let path: String

        var url: String { origin + path }
    }
}
