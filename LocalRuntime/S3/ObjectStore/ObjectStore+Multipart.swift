import ByteEncodings
import Crypto

extension ObjectStore {
    /// Bytes of every part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    public static let minimumPartSize: Int64 = 5_242_880

    public func startUpload(_ upload: MultipartUpload, in bucket: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard state.buckets[bucket] != nil else { throw ObjectStoreError(.noSuchBucket) }
            return (.uploadStarted(bucket: bucket, upload: upload), ())
        }
    }

    public func upload(_ id: String, of key: ObjectKey, in bucket: String) throws(ObjectStoreError) -> MultipartUpload {
        try read { state throws(ObjectStoreError) in try Self.upload(id, of: key, in: bucket, state) }
    }

    /// All unfinished uploads, ordered by key and then by age.
    public func uploads(in bucket: String) throws(ObjectStoreError) -> [MultipartUpload] {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            return bucket.uploads.values.sorted { ($0.key, $0.startedAt, $0.id) < ($1.key, $1.startedAt, $1.id) }
        }
    }

    /// Adds a part, or replaces the part with the same number.
    public func putPart<Digest>(
        _ number: Int,
        _ data: WrittenData<Digest>,
        checksum: String?,
        upload: String,
        key: ObjectKey,
        in bucket: String
    ) async throws(ObjectStoreError) -> PartRecord {
        let part = PartRecord(
            number: number,
            size: data.size,
            etag: data.etag,
            modifiedAt: Self.milliseconds,
            checksum: checksum,
            files: data.files
        )
        return try await commit { state throws(ObjectStoreError) in
            _ = try Self.upload(upload, of: key, in: bucket, state)
            return (.part(bucket: bucket, upload: upload, part: part), part)
        }
    }

    public func abortUpload(_ id: String, of key: ObjectKey, in bucket: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            _ = try Self.upload(id, of: key, in: bucket, state)
            return (.uploadAborted(bucket: bucket, upload: id), ())
        }
    }

    /// Creates an object from the uploaded parts, without copying their bytes.
    ///
    /// - Parameters:
    ///   - named: In ascending order; parts that are not listed are dropped.
    ///   - new: Its attributes, tags and access are replaced by those of the upload.
    ///   - checksum: Computes the object's checksum; called with the listed parts once they are valid.
    public func completeUpload(
        _ id: String,
        parts named: [NamedPart],
        as new: NewObject,
        in bucket: String,
        checksum: @escaping @Sendable (MultipartUpload, [PartRecord]) throws(ObjectStoreError) -> StoredChecksum?
    ) async throws(ObjectStoreError) -> ObjectRecord {
        try await commit { state throws(ObjectStoreError) in
            let upload = try Self.upload(id, of: new.key, in: bucket, state)
            let parts = try Self.parts(named, of: upload)
            var new = new
            new.attributes = upload.attributes
            new.tags = upload.tags
            new.access = upload.access
            new.checksum = try checksum(upload, parts)
            return try Self.put(
                new,
                size: parts.reduce(0) { $0 + $1.size },
                etag: Self.etag(of: parts),
                files: parts.flatMap(\.files),
                parts: parts.map(\.withoutFiles),
                completes: id,
                in: bucket,
                state
            )
        }
    }

    private static func upload(
        _ id: String,
        of key: ObjectKey,
        in bucket: String,
        _ state: borrowing StoreState
    ) throws(ObjectStoreError) -> MultipartUpload {
        guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
        guard let upload = bucket.uploads[id], upload.key == key else { throw ObjectStoreError(.noSuchUpload) }
        return upload
    }

    private static func parts(
        _ named: [NamedPart],
        of upload: MultipartUpload
    ) throws(ObjectStoreError) -> [PartRecord] {
        var parts: [PartRecord] = []
        for name in named {
            guard name.number > parts.last?.number ?? 0 else { throw ObjectStoreError(.invalidPartOrder) }
            guard let part = upload.parts[name.number], part.etag == name.etag,
                name.checksum == nil || part.checksum == name.checksum
            else { throw ObjectStoreError(.invalidPart, "\(name.number)") }
            parts.append(part)
        }
        guard !parts.isEmpty else { throw ObjectStoreError(.invalidPart) }
        for part in parts.dropLast() where part.size < minimumPartSize {
            throw ObjectStoreError(.partTooSmall, "\(part.number)")
        }
        return parts
    }

    /// The MD5 of the parts' MD5s, a hyphen and the number of parts.
    private static func etag(of parts: [PartRecord]) -> String {
        var md5 = Insecure.MD5()
        for part in parts { md5.update(data: Hexadecimal.decode(part.etag) ?? []) }
        return "\(Hexadecimal.encode(md5.finalize()))-\(parts.count)"
    }
}
