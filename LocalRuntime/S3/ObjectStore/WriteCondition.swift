/// What a write or a deletion requires of the existing object.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
public enum WriteCondition: Sendable, Hashable {
    case none
    /// The object has this ETag, without quotation marks.
    case matches(String)
    /// There is an object.
    case exists
    /// There is no object.
    case isAbsent

    /// - Parameters:
    ///   - object: The existing object, or nil.
    ///   - hasChanged: Whether the object was written or deleted after the write began.
    func check(_ object: ObjectRecord?, hasChanged: Bool = false) throws(ObjectStoreError) {
        switch self {
        case .none: return
        case .exists, .matches:
            guard let object else { throw ObjectStoreError(.noSuchKey) }
            if case .matches(let etag) = self, etag != object.etag { throw .preconditionFailed("If-Match") }
            if hasChanged { throw .conflict("If-Match") }
        case .isAbsent:
            guard object == nil else { throw .preconditionFailed("If-None-Match") }
            if hasChanged { throw .conflict("If-None-Match") }
        }
    }
}

extension ObjectStoreError {
    fileprivate static func preconditionFailed(_ header: String) -> Self { Self(.preconditionFailed, header) }

    fileprivate static func conflict(_ header: String) -> Self { Self(.conditionalRequestConflict, header) }
}
