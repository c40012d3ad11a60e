import Files
import Images
import ObjectStorage

/// The variants of one image in their bucket, and what is known of attempts to make them.
///
/// Everyone who has the URL of an image can request variants of it. What they can store and compute is limited for each
/// image: in bytes, in number, and by attempts that led to nothing. The limits are checked before a variant is made, and
/// again when it is stored, because others may have been stored meanwhile.
struct StoredVariants {
    static let maximumCount = 60
    /// The bytes of all variants of a small image together. A larger image has room for four times its size.
    static let minimumBytes: Int64 = 16 << 20
    static let maximumBytes: Int64 = 64 << 20
    /// How many attempts may time out, or result in images for which there is no room.
    static let maximumFailures = 3
    /// How many variants are remembered that cannot be made because of their size and format. They do not count as
    /// failures, because others can be made.
    static let maximumRefusals = 20

    let objects: any Objects
    let bucket: String
    /// The file's id and the ETag of its content, and a slash.
    let prefix: String

    init(objects: any Objects, bucket: String, of file: FileID, _ original: ObjectMetadata) {
        self.objects = objects
        self.bucket = bucket
        prefix = "\(file)/\(original.etag)/"
    }

    func address(of name: String) -> ObjectAddress { ObjectAddress(bucket: bucket, key: prefix + name) }

    // MARK: Limits

    /// What is stored of an image.
    struct Usage {
        fileprivate(set) var count = 0
        fileprivate(set) var bytes: Int64 = 0
        fileprivate(set) var failures: [(reason: Failure, variant: Substring)] = []
        fileprivate(set) var refusals: Set<Substring> = []

        /// Whether another variant, of a number of bytes, may be stored.
        func hasRoom(for size: Int64 = 1, ofImageWith originalSize: Int64) -> Bool {
            count < maximumCount && bytes + size <= Self.room(ofImageWith: originalSize)
        }

        /// Whether what is stored is within the limits.
        func isAllowed(ofImageWith originalSize: Int64) -> Bool {
            count <= maximumCount && bytes <= Self.room(ofImageWith: originalSize)
        }

        private static func room(ofImageWith originalSize: Int64) -> Int64 {
            min(max(4 * originalSize, minimumBytes), maximumBytes)
        }

        /// Why it is not attempted to make the variant. An attempt that timed out may succeed later.
        ///
        /// After several failures there is no room for more attempts. That is not an error: a reader who requests what
        /// fails must not keep others from seeing the image.
        func failure(of variant: ImageVariant) -> Failure? {
            if failures.count >= maximumFailures { return .noRoom }
            if refusals.contains(variant.name[...]) { return .variantTooLarge }
            return failures.first { $0.reason != .timedOut && $0.variant == variant.name }?.reason
        }
    }

    func usage() async throws(ObjectStorageError) -> Usage {
        var usage = Usage()
        // More than the limits, so that exceeding them is noticed.
        let limit = 2 * (Self.maximumCount + Self.maximumFailures + Self.maximumRefusals)
        for entry in try await objects.list(bucket, after: prefix, limit: limit).entries {
            guard entry.key.hasPrefix(prefix) else { break }
            if let failure = Failure.parse(entry.key.dropFirst(prefix.count)) {
                if failure.reason == .variantTooLarge {
                    usage.refusals.insert(failure.variant)
                } else {
                    usage.failures.append(failure)
                }
            } else {
                usage.count += 1
                usage.bytes += entry.size
            }
        }
        return usage
    }

    /// Deletes a variant that was stored while others used up the room. Returns whether it was.
    func deleteIfOverLimits(_ variant: ObjectAddress, ofImageWith originalSize: Int64) async throws(ObjectStorageError)
        -> Bool
    {
        guard try await !usage().isAllowed(ofImageWith: originalSize) else { return false }
        try await objects.delete(variant)
        return true
    }

    // MARK: Failures

    /// Why an attempt took its time and stored nothing.
    enum Failure: String {
        case tooLarge, variantTooLarge, unreadable, timedOut, noRoom

        /// Parses the name of a marker: `failure-tooLarge-0-w100-q80.jpg`.
        fileprivate static func parse(_ name: Substring) -> (reason: Failure, variant: Substring)? {
            let parts = name.split(separator: "-", maxSplits: 3)
            guard parts.count == 4, parts[0] == "failure", let reason = Failure(rawValue: String(parts[1])) else {
                return nil
            }
            return (reason, parts[3])
        }
    }

    /// Remembers a failed attempt. If that fails too, it costs another attempt.
    func remember(_ failure: Failure, of variant: ImageVariant, _ usage: Usage) async {
        guard failure != .variantTooLarge || usage.refusals.count < Self.maximumRefusals else { return }
        let number = failure == .variantTooLarge ? 0 : usage.failures.count
        let marker = address(of: "failure-\(failure)-\(number)-\(variant.name)")
        _ = try? await objects.put([], contentType: "application/octet-stream", at: marker)
    }
}
