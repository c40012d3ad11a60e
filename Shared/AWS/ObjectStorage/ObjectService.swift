import AWSClient
public import AWSSignature
import ByteEncodings
import FoundationEssentials
public import LambdaRuntime

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

    /// The service that the environment configures, with the same variables as in the AWS SDKs: S3 in `AWS_REGION`, or
    /// the endpoint in `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`.
    ///
    /// - Throws: ``MissingVariable`` without credentials, ``ObjectStorageError`` if the endpoint is not a URL.
    public init(environment: Environment = .process) throws {
        try self.init(
            credentials: Credentials(environment: environment),
            region: environment.awsRegion,
            endpoint: environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
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
