/// A checksum that S3 keeps beside an object, by the name that its API gives it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
public enum ChecksumAlgorithm: String, Sendable, Hashable, CaseIterable {
    case crc32 = "CRC32"
    case crc32c = "CRC32C"
    case crc64nvme = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    /// `x-amz-checksum-crc32`: the header, the trailer and the form field that carry a value.
    public var headerName: String { "x-amz-checksum-\(rawValue.lowercased())" }

    /// `ChecksumCRC32`: the element of XML documents.
    public var elementName: String { "Checksum\(rawValue)" }

    /// Bytes of a value.
    public var length: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        }
    }

    /// Whether a multipart upload may have the checksum of its parts' checksums.
    public var canBeComposite: Bool { self != .crc64nvme }

    /// Whether the checksum of a whole object can be computed from its parts'.
    public var canBeCombined: Bool {
        switch self {
        case .crc32, .crc32c, .crc64nvme: true
        case .sha1, .sha256: false
        }
    }

    /// By its name in any case, as clients write it.
    public init?(name: String) { self.init(rawValue: name.uppercased()) }

    /// By the header that carries its value, in any case.
    public init?(headerName: String) {
        let name = headerName.lowercased()
        guard let match = Self.allCases.first(where: { $0.headerName == name }) else { return nil }
        self = match
    }
}
