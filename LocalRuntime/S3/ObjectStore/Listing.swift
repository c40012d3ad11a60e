/// Which objects of a bucket to list.
public struct ListingRequest: Sendable, Hashable {
    /// The maximum number of keys in one listing: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    public static let maximumKeys = 1_000

    public var prefix: String
    /// Keys that contain it after the prefix are replaced by a common prefix, up to the delimiter; nil for none.
    public var delimiter: String?
    /// The key or common prefix after which the listing begins.
    public var after: String?
    /// The maximum number of keys and common prefixes together; more than 1,000 counts as 1,000.
    public var limit: Int

    public init(prefix: String = "", delimiter: String? = nil, after: String? = nil, limit: Int = maximumKeys) {
        self.prefix = prefix
        self.delimiter = delimiter
        self.after = after
        self.limit = limit
    }
}

/// One page of a bucket's objects, in the order of the keys' bytes.
public struct Listing: Sendable {
    public var objects: [(key: ObjectKey, object: ObjectRecord)] = []
    public var commonPrefixes: [ObjectKey] = []
    /// The key or common prefix after which the next page begins; nil on the last page.
    public var next: ObjectKey?

    public var count: Int { objects.count + commonPrefixes.count }
}

extension ObjectStore {
    public func list(_ request: ListingRequest, in bucket: String) throws(ObjectStoreError) -> Listing {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            return bucket.objects.page(request)
        }
    }
}

extension SortedMap where Key == ObjectKey, Value == ObjectRecord {
    func page(_ request: ListingRequest) -> Listing {
        var listing = Listing()
        let limit = min(request.limit, ListingRequest.maximumKeys)
        guard limit > 0 else { return listing }
        let prefix = ObjectKey(request.prefix)
        let delimiter = request.delimiter.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        let after = request.after.map { ObjectKey($0) }
        var last: ObjectKey?
        var entry =
            if let after, !(after < prefix) { first(after: after) } else { first(notBefore: prefix) }
        while let (key, object) = entry, key.hasPrefix(prefix) {
            let group = delimiter.flatMap { key.commonPrefix(beyond: prefix, delimiter: $0) }
            // The previous page may have ended with this group or within it.
            let isListed = group.map { group in after.map { !($0 < group) } ?? false } ?? false
            if !isListed {
                guard listing.count < limit else {
                    listing.next = last
                    break
                }
                if let group { listing.commonPrefixes.append(group) } else { listing.objects.append((key, object)) }
                last = group ?? key
            }
            if let group {
                guard let bound = group.endOfPrefix else { break }
                entry = first(notBefore: bound)
            } else {
                entry = first(after: key)
            }
        }
        return listing
    }
}

extension ObjectKey {
    /// The key up to and including the first delimiter after the prefix, or nil.
    func commonPrefix(beyond prefix: ObjectKey, delimiter: [UInt8]) -> ObjectKey? {
        var start = prefix.bytes.count
        while start + delimiter.count <= bytes.count {
            if bytes[start..<start + delimiter.count].elementsEqual(delimiter) {
                return ObjectKey(bytes: Array(bytes[..<(start + delimiter.count)]))
            }
            start += 1
        }
        return nil
    }
}
