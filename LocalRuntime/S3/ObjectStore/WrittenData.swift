import ByteEncodings

/// Bytes that are on disk and not yet part of an object.
public struct WrittenData<Digest: RunningDigest>: Sendable {
    public let size: Int64
    public let md5: [UInt8]
    public let digest: Digest
    let files: [DataFile]

    /// The ETag of an object that was not uploaded in parts.
    public var etag: String { Hexadecimal.encode(md5) }
}
