import Crypto
import FoundationEssentials

/// The value of a checksum.
public struct ChecksumValue: Sendable, Hashable {
    public let algorithm: ChecksumAlgorithm
    /// Most significant byte first.
    public let bytes: [UInt8]

    public init?(_ algorithm: ChecksumAlgorithm, bytes: some Sequence<UInt8>) {
        self.algorithm = algorithm
        self.bytes = Array(bytes)
        guard self.bytes.count == algorithm.length else { return nil }
    }

    /// Nil unless the text is base64 of the right number of bytes.
    public init?(_ algorithm: ChecksumAlgorithm, base64: String) {
        guard let data = Data(base64Encoded: base64) else { return nil }
        self.init(algorithm, bytes: data)
    }

    /// The form in headers and XML documents.
    public var base64: String { Data(bytes).base64EncodedString() }

    /// The checksum of the parts' checksums. S3 appends a hyphen and the number of parts to it.
    ///
    /// - Parameter parts: In order, all with the same algorithm. Nil is returned if that or the algorithm does not allow
    ///   a composite checksum.
    public static func composite(of parts: [ChecksumValue]) -> ChecksumValue? {
        guard let algorithm = parts.first?.algorithm, algorithm.canBeComposite else { return nil }
        var checksum = Checksum(algorithm)
        for part in parts {
            guard part.algorithm == algorithm else { return nil }
            checksum.update(part.bytes)
        }
        return checksum.value
    }

    /// The checksum of an object, computed from those of its parts and their lengths in bytes; nil if the algorithm does
    /// not allow it.
    public static func combined(_ parts: [(value: ChecksumValue, length: Int)]) -> ChecksumValue? {
        guard let algorithm = parts.first?.value.algorithm, algorithm.canBeCombined else { return nil }
        guard parts.allSatisfy({ $0.value.algorithm == algorithm }) else { return nil }
        switch algorithm {
        case .crc32, .crc32c:
            let table = algorithm == .crc32 ? CRCTables.crc32 : CRCTables.crc32c
            let whole = parts.dropFirst().reduce(UInt32(parts[0].value.bytes)) { crc, part in
                table.combine(crc, UInt32(part.value.bytes), length: part.length)
            }
            return ChecksumValue(algorithm, bytes: whole.bytes)
        case .crc64nvme:
            let whole = parts.dropFirst().reduce(UInt64(parts[0].value.bytes)) { crc, part in
                CRCTables.crc64nvme.combine(crc, UInt64(part.value.bytes), length: part.length)
            }
            return ChecksumValue(algorithm, bytes: whole.bytes)
        case .sha1, .sha256: return nil
        }
    }
}

extension FixedWidthInteger {
    /// Most significant byte first.
    fileprivate init(_ bytes: [UInt8]) { self = bytes.reduce(0) { $0 << 8 | Self($1) } }

    /// Most significant byte first.
    var bytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}
