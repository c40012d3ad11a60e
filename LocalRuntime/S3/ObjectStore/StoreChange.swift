/// A change of the store: a record of its journal.
///
/// The names of cases and their values are part of the file format.
enum StoreChange: Codable, Sendable {
    case bucketCreated(name: String, at: Int64)
    case bucketDeleted(name: String)
    case settings(bucket: String, settings: BucketSettings, events: [PendingEvent]?)
    /// - completes: The multipart upload that the object completes.
    case object(bucket: String, key: ObjectKey, object: ObjectRecord, completes: String?, events: [PendingEvent])
    case removed(bucket: String, key: ObjectKey, sequencer: UInt64, events: [PendingEvent])
    case tagged(bucket: String, key: ObjectKey, tags: [ObjectTag])
    case granted(bucket: String, key: ObjectKey, access: String)
    case uploadStarted(bucket: String, upload: MultipartUpload)
    case part(bucket: String, upload: String, part: PartRecord)
    case uploadAborted(bucket: String, upload: String)
    case event(PendingEvent)
    case delivered(event: UInt64)
    /// The highest sequencer so far, for when no other record has it.
    case sequencer(UInt64)

    /// The events that the change causes.
    var events: [PendingEvent] {
        switch self {
        case .object(_, _, _, _, let events), .removed(_, _, _, let events): events
        case .settings(_, _, let events): events ?? []
        default: []
        }
    }
}

/// An event that its destination has not confirmed.
struct PendingEvent: Codable, Sendable {
    /// Later events have higher numbers.
    var id: UInt64
    var destination: String
    var bucket: String
    var key: ObjectKey
    /// JSON.
    var document: String
}
