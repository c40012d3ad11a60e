import AWSClient
public import AWSSignature
import ByteEncodings
public import LambdaRuntime

/// S3 in one region, or a compatible service at an endpoint, with credentials.
public struct ObjectService: Sendable {
    public let region: String
    let signer: Signer
    /// Nil for S3 itself.
    private let endpoint: ServiceEndpoint?

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

    /// - Parameter endpoint: A URL below which objects are at `/{bucket}/{key}`; nil for S3, where each bucket has its
    ///   own host name.
    public init(credentials: Credentials, region: String, endpoint: String?) throws(ObjectStorageError) {
        self.region = region
        signer = Signer(credentials: credentials, service: "s3", region: region)
        self.endpoint = try endpoint.map { url throws(ObjectStorageError) in
            guard let endpoint = ServiceEndpoint(url: url) else {
                throw ObjectStorageError(.misconfigured, "'\(url)' is not a URL")
            }
            return endpoint
        }
    }

    /// The URL of a bucket, or of an object in it.
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
