/// One change of the store: what the journal holds, and what the state is made of again when it is opened.
enum JournalRecord: Codable, Sendable {
    case bucketCreated(name: String, at: Int64)
    case bucketDeleted(name: String)
    case settings(bucket: String, settings: BucketSettings)
    /// - completes: The multipart upload that ends with it.
    case object(bucket: String, key: ObjectKey, object: StoredObject, completes: String?, events: [PendingEvent])
    case removed(bucket: String, key: ObjectKey, sequencer: UInt64, events: [PendingEvent])
    case tagged(bucket: String, key: ObjectKey, tags: [ObjectTag])
    case granted(bucket: String, key: ObjectKey, access: String)
    case uploadStarted(bucket: String, upload: MultipartUpload)
    case part(bucket: String, upload: String, part: StoredPart)
    case uploadAborted(bucket: String, upload: String)
    case event(PendingEvent)
    case delivered(event: UInt64)
    /// The highest number given away so far, where no other record would tell.
    case sequencer(UInt64)
}

/// An event that its destination does not have yet.
struct PendingEvent: Codable, Sendable {
    /// Later events have higher numbers.
    var id: UInt64
    var destination: String
    var bucket: String
    var key: ObjectKey
    /// JSON.
    var document: String
}
