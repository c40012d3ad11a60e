/// The configuration of a bucket.
public struct BucketSettings: Codable, Sendable, Hashable {
    public var crossOrigin: [CrossOriginRule]
    public var notifications: [NotificationRule]
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil for `private`.
    public var access: String?
    /// The encryption of objects whose upload does not specify any; nil for S3's default.
    public var encryption: BucketEncryption?

    public init(
        crossOrigin: [CrossOriginRule] = [],
        notifications: [NotificationRule] = [],
        tags: [ObjectTag] = []
    ) {
        self.crossOrigin = crossOrigin
        self.notifications = notifications
        self.tags = tags
    }
}

/// A default encryption.
public struct BucketEncryption: Codable, Sendable, Hashable {
    /// S3's name of the method: `AES256`, for example.
    public var method: String
    /// Only for methods that use a key of KMS.
    public var keyID: String?

    public init(method: String, keyID: String?) {
        self.method = method
        self.keyID = keyID
    }
}
