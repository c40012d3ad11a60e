/// What a write requires of the object that it replaces.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
public struct WriteCondition: Sendable, Hashable {
    /// ETags without quotation marks, or an asterisk; one of them has to match.
    public var ifMatch: [String]?
    /// ETags or an asterisk; none of them may match.
    public var ifNoneMatch: [String]?

    public init(ifMatch: [String]? = nil, ifNoneMatch: [String]? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    /// - Parameter object: The existing object, or nil.
    func check(_ object: ObjectRecord?) throws(ObjectStoreError) {
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
