import ObjectChecksums
import ObjectStore

/// Some of a bucket's uploads that are not finished.
struct UploadPage: Sendable {
    private(set) var uploads: [MultipartUpload] = []
    private(set) var commonPrefixes: [String] = []
    /// After which the next page begins; nil: this is the last.
    private(set) var next: (key: String, id: String)?

    /// - Parameter all: By key and then by age.
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

/// The checksum of an object that came in parts.
enum UploadChecksum {
    static func of(_ upload: MultipartUpload, _ parts: [StoredPart]) -> StoredChecksum? {
        guard let algorithm = upload.checksumAlgorithm.flatMap({ ChecksumAlgorithm(name: $0) }) else { return nil }
        let values = parts.compactMap { part in part.checksum.flatMap { ChecksumValue(algorithm, base64: $0) } }
        guard values.count == parts.count else { return nil }
        switch upload.checksumKind {
        case .fullObject:
            let whole = ChecksumValue.combined(zip(values, parts).map { (value: $0, length: Int($1.size)) })
            return whole.map { StoredChecksum($0) }
        default:
            return ChecksumValue.composite(of: values).map { value in
                StoredChecksum(
                    algorithm: algorithm.rawValue,
                    value: "\(value.base64)-\(parts.count)",
                    kind: .composite
                )
            }
        }
    }
}

extension XMLWriter {
    mutating func write(_ checksum: StoredChecksum?) {
        guard let checksum else { return }
        element("Checksum\(checksum.algorithm)", checksum.value)
        element("ChecksumType", checksum.kind.rawValue)
    }

    mutating func write(_ part: StoredPart, algorithm: String?, withETag: Bool) {
        element("Part") { xml in
            xml.element("PartNumber", part.number)
            if withETag {
                xml.element("LastModified", timestamp(part.modifiedAt))
                xml.element("ETag", "\"\(part.etag)\"")
            }
            xml.element("Size", part.size)
            if let algorithm { xml.element("Checksum\(algorithm)", ifPresent: part.checksum) }
        }
    }
}
