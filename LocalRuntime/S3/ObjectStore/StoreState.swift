/// The store's state in memory, built from the records of the journal.
struct StoreState: Sendable {
    struct Bucket: Sendable {
        var createdAt: Int64
        var settings = BucketSettings()
        var objects = SortedMap<ObjectKey, ObjectRecord>()
        var uploads: [String: MultipartUpload] = [:]
        /// The ids of the uploads by their key.
        var uploadIDs: [ObjectKey: Set<String>] = [:]
    }

    var buckets: [String: Bucket] = [:]
    var pending: [UInt64: PendingEvent] = [:]
    /// The highest sequencer so far.
    var sequencer: UInt64 = 0

    /// Applies a change, when it is made and when the journal is replayed.
    mutating func apply(_ change: StoreChange) {
        switch change {
        case .bucketCreated(let name, let date):
            buckets[name] = Bucket(createdAt: date)
        case .bucketDeleted(let name):
            if let bucket = buckets.removeValue(forKey: name) {
                for upload in bucket.uploads.values { upload.parts.values.forEach { $0.files.discard() } }
            }
        case .settings(let name, let settings, let events):
            buckets[name]?.settings = settings
            record(sequencer, events ?? [])
        case .object(let name, let key, let object, let upload, let events):
            object.files.forEach { $0.keep() }
            if let upload { remove(upload: upload, from: name, keeping: object) }
            if let replaced = buckets[name]?.objects[key] { replaced.files.discard() }
            buckets[name]?.objects[key] = object
            buckets[name]?.markUploads(of: key)
            record(object.sequencer, events)
        case .removed(let name, let key, let sequencer, let events):
            if let removed = buckets[name]?.objects[key] {
                removed.files.discard()
                buckets[name]?.objects[key] = nil
                buckets[name]?.markUploads(of: key)
            }
            record(sequencer, events)
        case .tagged(let name, let key, let tags):
            buckets[name]?.objects[key]?.tags = tags
        case .granted(let name, let key, let access):
            buckets[name]?.objects[key]?.access = access
        case .uploadStarted(let name, let upload):
            buckets[name]?.uploads[upload.id] = upload
            buckets[name]?.uploadIDs[upload.key, default: []].insert(upload.id)
        case .part(let name, let upload, let part):
            part.files.forEach { $0.keep() }
            buckets[name]?.uploads[upload]?.parts[part.number]?.files.discard()
            buckets[name]?.uploads[upload]?.parts[part.number] = part
        case .uploadAborted(let name, let upload):
            remove(upload: upload, from: name, keeping: nil)
        case .event(let event):
            record(event.id, [event])
        case .delivered(let event):
            pending[event] = nil
        case .sequencer(let number):
            sequencer = max(sequencer, number)
        }
    }

    private mutating func record(_ number: UInt64, _ events: [PendingEvent]) {
        sequencer = max(sequencer, number)
        for event in events {
            pending[event.id] = event
            sequencer = max(sequencer, event.id)
        }
    }

    /// - Parameter object: The object that the upload became, whose files are kept.
    private mutating func remove(upload: String, from bucket: String, keeping object: ObjectRecord?) {
        guard let upload = buckets[bucket]?.removeUpload(upload) else { return }
        let kept = Set(object?.files.map(\.name) ?? [])
        for part in upload.parts.values {
            for file in part.files where !kept.contains(file.name) { file.discard() }
        }
    }

    /// The changes that lead from nothing to this state.
    var changes: [StoreChange] {
        var changes: [StoreChange] = []
        for (name, bucket) in buckets {
            changes.append(.bucketCreated(name: name, at: bucket.createdAt))
            if bucket.settings != BucketSettings() {
                changes.append(.settings(bucket: name, settings: bucket.settings, events: nil))
            }
            bucket.objects.forEach { key, object in
                changes.append(.object(bucket: name, key: key, object: object, completes: nil, events: []))
            }
            for upload in bucket.uploads.values {
                changes.append(.uploadStarted(bucket: name, upload: upload))
            }
        }
        for event in pending.values.sorted(by: { $0.id < $1.id }) {
            changes.append(.event(event))
        }
        changes.append(.sequencer(sequencer))
        return changes
    }

    /// The approximate number of ``changes``.
    var size: Int {
        buckets.values.reduce(pending.count) { $0 + 1 + $1.objects.count + $1.uploads.count }
    }

    /// The files that are in use.
    var files: [DataFile] {
        var files: [DataFile] = []
        for bucket in buckets.values {
            bucket.objects.forEach { files += $1.files }
            for upload in bucket.uploads.values { upload.parts.values.forEach { files += $0.files } }
        }
        return files
    }
}

extension StoreState.Bucket {
    /// Records for the uploads of a key that its object was written or deleted.
    fileprivate mutating func markUploads(of key: ObjectKey) {
        for id in uploadIDs[key] ?? [] { uploads[id]?.hasObjectChanged = true }
    }

    fileprivate mutating func removeUpload(_ id: String) -> MultipartUpload? {
        guard let upload = uploads.removeValue(forKey: id) else { return nil }
        uploadIDs[upload.key]?.remove(id)
        if uploadIDs[upload.key]?.isEmpty == true { uploadIDs[upload.key] = nil }
        return upload
    }
}

extension [DataFile] {
    fileprivate func discard() { forEach { $0.discard() } }
}
