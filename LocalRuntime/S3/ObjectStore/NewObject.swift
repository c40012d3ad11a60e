/// An object that is about to be written.
public struct NewObject: Sendable {
    public var key: ObjectKey
    public var attributes: ObjectAttributes
    public var checksum: StoredChecksum?
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil for `private`.
    public var access: String?
    public var condition: WriteCondition
    /// The existing object when the write began; nil if the condition does not depend on it.
    public var observed: ObservedObject?
    public var event: ObjectEventName
    public var origin: RequestOrigin

    public init(
        key: ObjectKey,
        attributes: ObjectAttributes = ObjectAttributes(),
        checksum: StoredChecksum? = nil,
        tags: [ObjectTag] = [],
        access: String? = nil,
        condition: WriteCondition = .none,
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
