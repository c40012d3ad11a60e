/// What a write expects to find in its place.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
public struct WriteCondition: Sendable, Hashable {
    /// ETags without quotation marks, or an asterisk, of which one has to match.
    public var ifMatch: [String]?
    /// ETags or an asterisk of which none may match.
    public var ifNoneMatch: [String]?

    public init(ifMatch: [String]? = nil, ifNoneMatch: [String]? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    func check(_ object: StoredObject?) throws(ObjectStoreError) {
        if let ifMatch {
            guard let object else { throw ObjectStoreError(.noSuchKey) }
            guard ifMatch.contains(where: { $0 == "*" || $0 == object.etag }) else {
                throw ObjectStoreError(.preconditionFailed)
            }
        }
        if let ifNoneMatch, let object, ifNoneMatch.contains(where: { $0 == "*" || $0 == object.etag }) {
            throw ObjectStoreError(.preconditionFailed)
        }
    }
}

/// An object to be.
public struct NewObject: Sendable {
    public var key: ObjectKey
    public var attributes: ObjectAttributes
    public var checksum: StoredChecksum?
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil: private.
    public var access: String?
    public var condition: WriteCondition
    public var event: ObjectEventName
    public var origin: RequestOrigin

    public init(
        key: ObjectKey,
        attributes: ObjectAttributes = ObjectAttributes(),
        checksum: StoredChecksum? = nil,
        tags: [ObjectTag] = [],
        access: String? = nil,
        condition: WriteCondition = WriteCondition(),
        event: ObjectEventName = .put,
        origin: RequestOrigin = RequestOrigin()
    ) {
        self.key = key
        self.attributes = attributes
        self.checksum = checksum
        self.tags = tags
        self.access = access
        self.condition = condition
        self.event = event
        self.origin = origin
    }
}

extension ObjectStore {
    /// What an object, or a part of one, is written with.
    public func writer<Digest: RunningDigest>(computing digest: Digest) -> DataWriter<Digest> {
        DataWriter(folder: folder, digest: digest)
    }

    public func object(_ key: ObjectKey, in bucket: String) throws(ObjectStoreError) -> StoredObject {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard let object = bucket.objects[key] else { throw ObjectStoreError(.noSuchKey) }
            return object
        }
    }

    /// The bytes of an object as it was when it was looked up, whatever becomes of it meanwhile.
    /// - Parameter range: Within the object's size.
    public func reader(of object: StoredObject, range: Range<Int64>) -> ObjectReader {
        ObjectReader(object.files, range: range)
    }

    /// Where those bytes are, for whoever does not want to read them here.
    /// - Parameter range: Within the object's size.
    public func slices(of object: StoredObject, range: Range<Int64>) -> [ObjectSlice] {
        ObjectSlice.slices(of: object.files, range: range)
    }

    /// Puts an object in its place, whole and at once.
    public func put<Digest>(
        _ new: NewObject,
        _ data: WrittenData<Digest>,
        in bucket: String
    ) async throws(ObjectStoreError) -> StoredObject {
        let (size, etag, files) = (data.size, data.etag, data.files)
        return try await commit { state throws(ObjectStoreError) in
            try Self.put(new, size: size, etag: etag, files: files, parts: [], completes: nil, in: bucket, state)
        }
    }

    /// Puts a copy of an object in its place; with the same source and target only the attributes change.
    public func copy(
        _ source: StoredObject,
        to new: NewObject,
        in bucket: String
    ) async throws(ObjectStoreError) -> StoredObject {
        try await commit { state throws(ObjectStoreError) in
            guard state.buckets[bucket] != nil else { throw ObjectStoreError(.noSuchBucket) }
            var files: [DataFile] = []
            for file in source.files { files.append(try file.linked()) }
            return try Self.put(
                new,
                size: source.size,
                etag: source.etag,
                files: files,
                parts: source.parts.map { StoredPart($0, files: []) },
                completes: nil,
                in: bucket,
                state
            )
        }
    }

    /// - Returns: Whether there was one.
    @discardableResult
    public func delete(
        _ key: ObjectKey,
        in bucket: String,
        condition: WriteCondition = WriteCondition(),
        origin: RequestOrigin = RequestOrigin()
    ) async throws(ObjectStoreError) -> Bool {
        try await commit { state throws(ObjectStoreError) in
            guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            guard let object = found.objects[key] else {
                try condition.check(nil)
                return (nil, false)
            }
            try condition.check(object)
            let change = ObjectChange(
                name: .delete,
                bucket: bucket,
                key: key,
                sequencer: Self.nextSequencer(after: state),
                size: nil,
                etag: nil,
                origin: origin,
                milliseconds: Self.milliseconds
            )
            let events = change.events(for: found.settings.notifications)
            return (.removed(bucket: bucket, key: key, sequencer: change.sequencer, events: events), true)
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
        parts: [StoredPart],
        completes upload: String?,
        in bucket: String,
        _ state: borrowing StoreState
    ) throws(ObjectStoreError) -> (JournalRecord?, StoredObject) {
        guard let found = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
        try new.condition.check(found.objects[new.key])
        let object = StoredObject(
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
        let change = ObjectChange(
            name: new.event,
            bucket: bucket,
            key: new.key,
            sequencer: object.sequencer,
            size: size,
            etag: etag,
            origin: new.origin,
            milliseconds: object.modifiedAt
        )
        let record = JournalRecord.object(
            bucket: bucket,
            key: new.key,
            object: object,
            completes: upload,
            events: change.events(for: found.settings.notifications)
        )
        return (record, object)
    }
}

extension StoredPart {
    init(_ part: StoredPart, files: [DataFile]) {
        self = part
        self.files = files
    }
}
