import ObjectStore

/// The object that a copy reads: `/bucket/key`, percent-encoded, with or without the first slash.
struct CopySource: Sendable {
    let bucket: String
    let key: ObjectKey

    init(_ request: S3Request) throws {
        let text = request.header("x-amz-copy-source") ?? ""
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = try S3Request.decoded(parts[0], plusIsSpace: false)
        let names = (path.hasPrefix("/") ? path.dropFirst() : path[...])
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else {
            throw S3Error.invalidArgument(
                "Invalid copy source object key",
                "x-amz-copy-source",
                text
            )
        }
        if parts.count > 1, let version = try S3Query(parts[1])["versionId"], version != "null" {
            throw S3Error.invalidArgument("Invalid version id specified", "x-amz-copy-source", text)
        }
        (bucket, key) = (String(names[0]), ObjectKey(names[1]))
    }
}
