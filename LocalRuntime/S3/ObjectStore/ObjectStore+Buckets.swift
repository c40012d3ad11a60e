/// A bucket without its objects.
public struct BucketDescription: Sendable {
    public var name: String
    /// In milliseconds since the epoch.
    public var createdAt: Int64
    public var settings: BucketSettings
}

extension ObjectStore {
    /// All buckets, ordered by name.
    public func buckets() -> [BucketDescription] {
        let buckets = (try? read { state in state.buckets.map { Self.description($0.key, $0.value) } }) ?? []
        return buckets.sorted { $0.name < $1.name }
    }

    public func bucket(_ name: String) throws(ObjectStoreError) -> BucketDescription {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[name] else { throw ObjectStoreError(.noSuchBucket) }
            return Self.description(name, bucket)
        }
    }

    public func createBucket(_ name: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard state.buckets[name] == nil else { throw ObjectStoreError(.bucketExists) }
            return (.bucketCreated(name: name, at: Self.milliseconds), ())
        }
    }

    /// Deletes a bucket without objects, and its unfinished uploads.
    public func deleteBucket(_ name: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[name] else { throw ObjectStoreError(.noSuchBucket) }
            guard bucket.objects.isEmpty else { throw ObjectStoreError(.bucketNotEmpty) }
            return (.bucketDeleted(name: name), ())
        }
    }

    /// Creates a bucket unless it exists.
    public func ensureBucket(_ name: String) async throws(ObjectStoreError) {
        try await commit { state in
            (state.buckets[name] == nil ? .bucketCreated(name: name, at: Self.milliseconds) : nil, ())
        }
    }

    public func updateSettings(
        of name: String,
        _ change: @escaping @Sendable (inout BucketSettings) -> Void
    ) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[name] else { throw ObjectStoreError(.noSuchBucket) }
            var settings = bucket.settings
            change(&settings)
            return (settings == bucket.settings ? nil : .settings(bucket: name, settings: settings, events: nil), ())
        }
    }

    private static func description(_ name: String, _ bucket: StoreState.Bucket) -> BucketDescription {
        BucketDescription(name: name, createdAt: bucket.createdAt, settings: bucket.settings)
    }
}
