extension ObjectStore {
    /// Takes the bytes of a new object or part.
    public func writer<Digest: RunningDigest>(computing digest: Digest) -> DataWriter<Digest> {
        DataWriter(folder: folder, digest: digest)
    }

    public func object(_ key: ObjectKey, in bucket: String) throws(ObjectStoreError) -> ObjectRecord {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard let object = bucket.objects[key] else { throw ObjectStoreError(.noSuchKey) }
            return object
        }
    }

    /// Reads the bytes of an object as it was when it was looked up, even if it has been replaced or deleted since.
    /// - Parameter range: Within the object's size.
    public func reader(of object: ObjectRecord, range: Range<Int64>) -> ObjectReader {
        ObjectReader(object.files, range: range)
    }

    /// The places of an object's bytes in files, for a caller that reads the files itself.
    /// - Parameter range: Within the object's size.
    public func slices(of object: ObjectRecord, range: Range<Int64>) -> [ObjectSlice] {
        ObjectSlice.slices(of: object.files, range: range)
    }

    /// Stores an object; readers see the old object or the new one, never a part of either.
    public func put<Digest>(
        _ new: NewObject,
        _ data: WrittenData<Digest>,
        in bucket: String
    ) async throws(ObjectStoreError) -> ObjectRecord {
        let (size, etag, files) = (data.size, data.etag, data.files)
        return try await commit { state throws(ObjectStoreError) in
            try Self.put(new, size: size, etag: etag, files: files, parts: [], completes: nil, in: bucket, state)
        }
    }

    /// Stores a copy of an object, without copying its bytes. With the same source and target only the attributes change.
    public func copy(
        _ source: ObjectRecord,
        to new: NewObject,
        in bucket: String
    ) async throws(ObjectStoreError) -> ObjectRecord {
        try await commit { state throws(ObjectStoreError) in
            guard state.buckets[bucket] != nil else { throw ObjectStoreError(.noSuchBucket) }
            var files: [DataFile] = []
            for file in source.files { files.append(try file.linked()) }
            return try Self.put(
                new,
                size: source.size,
                etag: source.etag,
                files: files,
                parts: source.parts.map(\.withoutFiles),
                completes: nil,
                in: bucket,
                state
            )
        }
    }

    /// - Returns: Whether the object existed.
    @discardableResult
    public func delete(
        _ key: ObjectKey,
        in bucket: String,
        condition: WriteCondition = .none,
        origin: RequestOrigin = RequestOrigin()
    ) async throws(ObjectStoreError) -> Bool {
        try await commit { state throws(ObjectStoreError) in
            guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard let object = found.objects[key] else {
                try condition.check(nil)
                return (nil, false)
            }
            try condition.check(object)
            let event = ObjectEvent(
                name: .delete,
                bucket: bucket,
                key: key,
                sequencer: Self.nextSequencer(after: state),
                size: nil,
                etag: nil,
                origin: origin,
                milliseconds: Self.milliseconds
            )
            let events = event.notifications(for: found.settings.notifications)
            return (.removed(bucket: bucket, key: key, sequencer: event.sequencer, events: events), true)
        }
    }

    public func setTags(_ tags: [ObjectTag], of key: ObjectKey, in bucket: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard found.objects[key] != nil else { throw ObjectStoreError(.noSuchKey) }
            return (.tagged(bucket: bucket, key: key, tags: tags), ())
        }
    }

    /// - Parameter access: The name of a canned access control list.
    public func setAccess(_ access: String, of key: ObjectKey, in bucket: String) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard found.objects[key] != nil else { throw ObjectStoreError(.noSuchKey) }
            return (.granted(bucket: bucket, key: key, access: access), ())
        }
    }

    static func put(
        _ new: NewObject,
        size: Int64,
        etag: String,
        files: [DataFile],
        parts: [PartRecord],
        completes upload: String?,
        in bucket: String,
        _ state: borrowing StoreState
    ) throws(ObjectStoreError) -> (StoreChange?, ObjectRecord) {
        guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
        let existing = found.objects[new.key]
        let hasChanged =
            if let upload { found.uploads[upload]?.hasObjectChanged ?? false } else {
                new.observed.map { $0 != ObservedObject(existing) } ?? false
            }
        try new.condition.check(existing, hasChanged: hasChanged)
        let object = ObjectRecord(
            size: size,
            etag: etag,
            modifiedAt: milliseconds,
            sequencer: nextSequencer(after: state),
            attributes: new.attributes,
            checksum: new.checksum,
            tags: new.tags,
            access: new.access,
            parts: parts,
            uploadID: upload,
            files: files
        )
        let event = ObjectEvent(
            name: new.event,
            bucket: bucket,
            key: new.key,
            sequencer: object.sequencer,
            size: size,
            etag: etag,
            origin: new.origin,
            milliseconds: object.modifiedAt
        )
        let change = StoreChange.object(
            bucket: bucket,
            key: new.key,
            object: object,
            completes: upload,
            events: event.notifications(for: found.settings.notifications)
        )
        return (change, object)
    }
}
