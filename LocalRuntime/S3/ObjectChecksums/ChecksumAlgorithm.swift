/// The checksum algorithms of S3, by their names in its API.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
public enum ChecksumAlgorithm: String, Sendable, Hashable, CaseIterable {
    case crc32 = "CRC32"
    case crc32c = "CRC32C"
    case crc64nvme = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    /// The name of the header, trailer or form field with a value: `x-amz-checksum-crc32`, for example.
    public var headerName: String { "x-amz-checksum-\(rawValue.lowercased())" }

    /// The name of the XML element: `ChecksumCRC32`, for example.
    public var elementName: String { "Checksum\(rawValue)" }

    /// The length of a value in bytes.
    public var length: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: 20
        case .sha256: 32
        }
    }

    /// Whether a multipart upload can have a checksum of its parts' checksums.
    public var canBeComposite: Bool { self != .crc64nvme }

    /// Whether the checksum of an object can be computed from the checksums of its parts.
    public var canBeCombined: Bool {
        switch self {
        case .crc32, .crc32c, .crc64nvme: true
        case .sha1, .sha256: false
        }
    }

    /// - Parameter name: In any case.
    public init?(name: String) { self.init(rawValue: name.uppercased()) }

    /// - Parameter headerName: The name of the header with a value, in any case.
    public init?(headerName: String) {
        let name = headerName.lowercased()
        guard let match = Self.allCases.first(where: { $0.headerName == name }) else { return nil }
        self = match
    }
}
