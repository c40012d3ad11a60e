/// Everything the store knows, in memory; what the journal's records make of it.
struct StoreState: Sendable {
    struct Bucket: Sendable {
        var createdAt: Int64
        var settings = BucketSettings()
        var objects = SortedMap<ObjectKey, StoredObject>()
        var uploads: [String: MultipartUpload] = [:]
    }

    var buckets: [String: Bucket] = [:]
    var pending: [UInt64: PendingEvent] = [:]
    /// The highest number given away so far.
    var sequencer: UInt64 = 0

    /// The same for a change that is made and for one that is read again.
    mutating func apply(_ record: JournalRecord) {
        switch record {
        case .bucketCreated(let name, let date):
            buckets[name] = Bucket(createdAt: date)
        case .bucketDeleted(let name):
            if let bucket = buckets.removeValue(forKey: name) {
                for upload in bucket.uploads.values { upload.parts.values.forEach { $0.files.discard() } }
            }
        case .settings(let name, let settings):
            buckets[name]?.settings = settings
        case .object(let name, let key, let object, let upload, let events):
            object.files.forEach { $0.keep() }
            if let upload { remove(upload: upload, from: name, keeping: object) }
            if let replaced = buckets[name]?.objects[key] { replaced.files.discard() }
            buckets[name]?.objects[key] = object
            note(object.sequencer, events)
        case .removed(let name, let key, let sequencer, let events):
            if let removed = buckets[name]?.objects[key] {
                removed.files.discard()
                buckets[name]?.objects[key] = nil
            }
            note(sequencer, events)
        case .tagged(let name, let key, let tags):
            buckets[name]?.objects[key]?.tags = tags
        case .granted(let name, let key, let access):
            buckets[name]?.objects[key]?.access = access
        case .uploadStarted(let name, let upload):
            buckets[name]?.uploads[upload.id] = upload
        case .part(let name, let upload, let part):
            part.files.forEach { $0.keep() }
            buckets[name]?.uploads[upload]?.parts[part.number]?.files.discard()
            buckets[name]?.uploads[upload]?.parts[part.number] = part
        case .uploadAborted(let name, let upload):
            remove(upload: upload, from: name, keeping: nil)
        case .event(let event):
            note(event.id, [event])
        case .delivered(let event):
            pending[event] = nil
        case .sequencer(let number):
            sequencer = max(sequencer, number)
        }
    }

    private mutating func note(_ number: UInt64, _ events: [PendingEvent]) {
        sequencer = max(sequencer, number)
        for event in events {
            pending[event.id] = event
            sequencer = max(sequencer, event.id)
        }
    }

    /// The parts that an object is made of stay.
    private mutating func remove(upload: String, from bucket: String, keeping object: StoredObject?) {
        guard let upload = buckets[bucket]?.uploads.removeValue(forKey: upload) else { return }
        let kept = Set(object?.files.map(\.name) ?? [])
        for part in upload.parts.values {
            for file in part.files where !kept.contains(file.name) { file.discard() }
        }
    }

    /// What makes this state of an empty one.
    var records: [JournalRecord] {
        var records: [JournalRecord] = []
        for (name, bucket) in buckets {
            records.append(.bucketCreated(name: name, at: bucket.createdAt))
            if bucket.settings != BucketSettings() {
                records.append(.settings(bucket: name, settings: bucket.settings))
            }
            bucket.objects.forEach { key, object in
                records.append(.object(bucket: name, key: key, object: object, completes: nil, events: []))
            }
            for upload in bucket.uploads.values {
                records.append(.uploadStarted(bucket: name, upload: upload))
            }
        }
        for event in pending.values.sorted(by: { $0.id < $1.id }) {
            records.append(.event(event))
        }
        records.append(.sequencer(sequencer))
        return records
    }

    /// How many records there would be.
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

extension [DataFile] {
    fileprivate func discard() { forEach { $0.discard() } }
}
