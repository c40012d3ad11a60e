import ByteEncodings
import Crypto
import FoundationEssentials

/// Signature Version 2, which S3 still accepts in queries and forms, and which boto3 uses there by default.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
enum SignatureV2 {
    /// The signature in a query and its parameters, not yet verified.
    struct Claim {
        let accessKeyID: String
        let signature: String
        /// Seconds since 1970.
        let expires: Int
        let sessionToken: String?
        private let request: SignableRequest
        private let parameters: [Parameter]

        /// Nil if the query has no Version 2 signature.
        init?(of request: SignableRequest) throws(SignatureError) {
            guard request.hasParameter("AWSAccessKeyId="), request.header("authorization") == nil else { return nil }
            let parameters = SignatureV2.parameters(of: request.query)
            func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
            guard let accessKeyID = value("AWSAccessKeyId"), let signature = value("Signature"),
                let expires = value("Expires").flatMap({ Int($0) })
            else {
                throw SignatureError(
                    .malformed,
                    message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
                )
            }
            self.request = request
            self.parameters = parameters
            self.accessKeyID = accessKeyID
            self.signature = signature
            self.expires = expires
            sessionToken = value("x-amz-security-token") ?? request.header("x-amz-security-token")
        }

        /// The text that the signature covers. A bucket in the host's name is signed as part of the path.
        var stringToSign: [UInt8] {
            let bucket = request.header("host").flatMap { BucketHost.bucket(in: $0) }.map { "/\($0)" } ?? ""
            return Array("\(beginning)\(bucket)\(request.path)\(subresources)".utf8)
        }

        private var beginning: String {
            // Headers that a client moved into the query may appear in both places.
            let sent = Set(request.headers.map { $0.name.lowercased() })
            let moved = parameters.map { ($0.name, $0.value) }.filter { !sent.contains($0.0.lowercased()) }
            let headers = (request.headers + moved)
                .map { (name: $0.name.lowercased(), value: $0.value) }
                .filter { $0.name.hasPrefix("x-amz-") }
            let lines = Dictionary(grouping: headers, by: \.name)
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\($0.key):\($0.value.map(\.value).joined(separator: ","))\n" }
            let contents = "\(content("content-md5"))\n\(content("content-type"))"
            return "\(request.method)\n\(contents)\n\(expires)\n\(lines.joined())"
        }

        private func content(_ name: String) -> String {
            request.header(name) ?? parameters.first { $0.name.lowercased() == name }?.value ?? ""
        }

        private var subresources: String {
            let signed =
                parameters
                .filter { signedParameters.contains($0.name) || $0.name.hasPrefix("response-") }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            guard !signed.isEmpty else { return "" }
            return "?" + signed.map { $0.hasValue ? "\($0.name)=\($0.value)" : $0.name }.joined(separator: "&")
        }
    }

    struct Parameter {
        var name: String
        var value: String
        /// Whether there is an equals sign.
        var hasValue: Bool
    }

    private static func parameters(of query: String) -> [Parameter] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
            let pair = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let texts = pair.map { String(decoding: PercentEncoding.decode($0), as: UTF8.self) }
            return Parameter(name: texts[0], value: texts.count == 2 ? texts[1] : "", hasValue: texts.count == 2)
        }
    }

    static func isSignature(_ signature: String, of text: [UInt8], by credentials: Credentials) -> Bool {
        guard let bytes = Data(base64Encoded: signature) else { return false }
        return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
            bytes,
            authenticating: text,
            using: SymmetricKey(data: Array(credentials.secretAccessKey.utf8))
        )
    }
}

/// The query parameters that the signature covers.
private let signedParameters: Set<String> = [
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location",
    "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
    "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId",
    "versioning", "versions", "website",
]
