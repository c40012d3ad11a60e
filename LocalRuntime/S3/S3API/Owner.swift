/// The account that owns every bucket and object.
enum Owner {
    static let id = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
    static let displayName = "local"

    static let element = "<Owner><ID>\(id)</ID><DisplayName>\(displayName)</DisplayName></Owner>"
}
