import ObjectChecksums
import ObjectStore

/// The checksum of an object that was uploaded in parts.
enum MultipartChecksum {
    /// Nil if the upload has no checksum algorithm or a part has no checksum.
    static func of(_ upload: MultipartUpload, _ parts: [PartRecord]) -> StoredChecksum? {
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
