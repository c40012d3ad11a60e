import EmulatorCore
import NIOCore
import ObjectStore

extension XMLWriter {
    /// A complete document.
    /// - Parameter hasNamespace: Whether it is in S3's namespace; error documents are not.
    static func document(
        _ root: String,
        hasNamespace: Bool = true,
        _ content: (inout XMLWriter) throws -> Void
    ) rethrows -> ByteBuffer {
        var writer = XMLWriter()
        if hasNamespace {
            try writer.element(root, attributes: #"xmlns="http://s3.amazonaws.com/doc/2006-03-01/""#, content)
        } else {
            try writer.element(root, content)
        }
        return writer.buffer
    }

    /// Writes the account that owns every bucket and object.
    mutating func owner(as name: String = "Owner") {
        element(name) { xml in
            xml.element("ID", Owner.id)
            xml.element("DisplayName", Owner.displayName)
        }
    }

    /// - Parameter milliseconds: Since the epoch.
    mutating func element(_ name: String, timestamp milliseconds: Int64) {
        element(name, plain: UnixTime(milliseconds: milliseconds).iso8601)
    }

    mutating func checksum(_ checksum: StoredChecksum?) {
        guard let checksum else { return }
        element("Checksum\(checksum.algorithm)", checksum.value)
        element("ChecksumType", checksum.kind.rawValue)
    }

    /// - Parameter algorithm: The algorithm of the part's checksum.
    mutating func part(_ part: PartRecord, algorithm: String?, withETag: Bool) {
        element("Part") { xml in
            xml.element("PartNumber", part.number)
            if withETag {
                xml.element("LastModified", timestamp: part.modifiedAt)
                xml.element("ETag", "\"\(part.etag)\"")
            }
            xml.element("Size", part.size)
            if let algorithm { xml.element("Checksum\(algorithm)", ifPresent: part.checksum) }
        }
    }
}
