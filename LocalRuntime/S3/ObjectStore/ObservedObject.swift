/// An object as it was when a conditional write began.
public struct ObservedObject: Sendable, Hashable {
    /// Nil if there was no object.
    private let sequencer: UInt64?

    init(_ object: ObjectRecord?) { sequencer = object?.sequencer }
}

extension ObjectStore {
    /// Remembers the object that a write will replace, to detect a change in the meantime.
    public func observe(_ key: ObjectKey, in bucket: String) throws(ObjectStoreError) -> ObservedObject {
        try read { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[bucket] else { throw ObjectStoreError(.noSuchBucket) }
            return ObservedObject(bucket.objects[key])
        }
    }
}
