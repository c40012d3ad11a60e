public import FoundationEssentials

/// A form with which a client without credentials can upload one file.
public struct PresignedPost: Sendable {
    /// The fields that precede the file, in order. The file must be the last field, named `file`.
    public var fields: [(name: String, value: String)]
}

extension Signer {
    /// Signs a form that uploads one object to S3.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
    /// - Parameters:
    ///   - fields: Fields with fixed values: `key`, `Content-Type`, … The policy gets a condition for each.
    ///   - conditions: Further conditions of the policy: for fields that the client fills in, and for the file's size.
    ///   - lifetime: In seconds.
    public func presignedPost(
        bucket: String,
        fields: [(name: String, value: String)],
        conditions: [PostPolicy.Condition] = [],
        at date: Date,
        lifetime: Int
    ) -> PresignedPost {
        let time = SigningTime(date)
        let key = key(for: time)
        var fields = fields
        fields += [
            ("x-amz-algorithm", signatureAlgorithm),
            ("x-amz-credential", "\(credentials.accessKeyID)/\(key.scope.text)"),
            ("x-amz-date", time.text),
        ]
        if let sessionToken = credentials.sessionToken { fields.append(("x-amz-security-token", sessionToken)) }
        let policy = PostPolicy(
            expiration: date.addingTimeInterval(TimeInterval(lifetime)),
            conditions: [.equals(field: "bucket", value: bucket)]
                + fields.map { .equals(field: $0.name, value: $0.value) } + conditions
        ).base64()
        fields.append(("policy", policy))
        fields.append(("x-amz-signature", key.signature(of: Array(policy.utf8))))
        return PresignedPost(fields: fields)
    }
}
