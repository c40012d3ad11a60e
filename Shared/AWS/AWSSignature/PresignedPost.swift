public import FoundationEssentials

/// A form that somebody without credentials may upload one file with.
public struct PresignedPost: Sendable {
    /// What the form sends before the file, in this order; the file comes last, as `file`.
    public var fields: [(name: String, value: String)]
}

extension Signer {
    /// Signs a form that uploads one object to S3.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
    /// - Parameters:
    ///   - fields: What the form sends as it is here: `key`, `Content-Type`, … The policy says so of each.
    ///   - conditions: What else the policy says: of fields that the client fills in, and of the length.
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
