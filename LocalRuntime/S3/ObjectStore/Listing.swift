/// Which objects of a bucket to list.
public struct ListingRequest: Sendable, Hashable {
    /// Keys of one answer: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    public static let maximumKeys = 1_000

    public var prefix: String
    /// Keys that have it behind the prefix are rolled up to what comes before; nil: none.
    public var delimiter: String?
    /// The key or common prefix after which to begin.
    public var after: String?
    /// Keys and common prefixes together; more than 1,000 counts as 1,000.
    public var limit: Int

    public init(prefix: String = "", delimiter: String? = nil, after: String? = nil, limit: Int = maximumKeys) {
        self.prefix = prefix
        self.delimiter = delimiter
        self.after = after
        self.limit = limit
    }
}

/// One page of a bucket, in the order of the keys' bytes.
public struct Listing: Sendable {
    public var objects: [(key: ObjectKey, object: StoredObject)] = []
    public var commonPrefixes: [ObjectKey] = []
    /// The key or common prefix to go on after; nil: there is nothing more.
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

extension SortedMap where Key == ObjectKey, Value == StoredObject {
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
            // A group that the last page ended with, or ended in, was listed there.
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
    /// The key up to the end of the first delimiter behind the prefix; nil without one.
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
