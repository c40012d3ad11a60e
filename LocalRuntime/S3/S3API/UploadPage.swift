import ObjectStore

/// A page of a bucket's unfinished uploads.
struct UploadPage: Sendable {
    private(set) var uploads: [MultipartUpload] = []
    private(set) var commonPrefixes: [String] = []
    /// The key and id after which the next page begins; nil on the last page.
    private(set) var next: (key: String, id: String)?

    /// - Parameter all: Ordered by key and then by age.
    init(
        of all: [MultipartUpload],
        prefix: String,
        delimiter: String?,
        keyMarker: String,
        idMarker: String,
        limit: Int
    ) {
        let (prefix, marker) = (ObjectKey(prefix), ObjectKey(keyMarker))
        var rest = all.filter { $0.key.hasPrefix(prefix) }[...]
        if !keyMarker.isEmpty {
            let known = rest.firstIndex { $0.key == marker && $0.id == idMarker }
            rest = known.map { rest[($0 + 1)...] } ?? rest.drop { $0.key <= marker }
        }
        guard limit > 0 else { return }
        var last: (key: String, id: String)?
        for upload in rest {
            let group = delimiter.flatMap { Self.group(of: upload.key.text, beyond: prefix.text, delimiter: $0) }
            if let group, group == commonPrefixes.last || ObjectKey(group) == marker { continue }
            guard uploads.count + commonPrefixes.count < limit else {
                next = last
                return
            }
            if let group { commonPrefixes.append(group) } else { uploads.append(upload) }
            last = group.map { ($0, "") } ?? (upload.key.text, upload.id)
        }
    }

    private static func group(of key: String, beyond prefix: String, delimiter: String) -> String? {
        let rest = key.dropFirst(prefix.count)
        guard let range = rest.firstRange(of: delimiter) else { return nil }
        return String(key[..<range.upperBound])
    }
}
