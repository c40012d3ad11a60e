import Crypto

/// Computes a checksum of bytes as they arrive.
public struct Checksum: Sendable {
    private enum State {
        case crc32(UInt32)
        case crc32c(UInt32)
        case crc64nvme(UInt64)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    public let algorithm: ChecksumAlgorithm
    private var state: State

    public init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32: .crc32(0)
            case .crc32c: .crc32c(0)
            case .crc64nvme: .crc64nvme(0)
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .crc32(let crc): state = .crc32(unsafe CRCTables.crc32.update(crc, bytes))
        case .crc32c(let crc): state = .crc32c(unsafe CRCTables.crc32c.update(crc, bytes))
        case .crc64nvme(let crc): state = .crc64nvme(unsafe CRCTables.crc64nvme.update(crc, bytes))
        case .sha1(var hash):
            unsafe hash.update(bufferPointer: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            unsafe hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        }
    }

    public mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    /// The checksum of the bytes so far; more may follow.
    public var value: ChecksumValue {
        let bytes =
            switch state {
            case .crc32(let crc), .crc32c(let crc): crc.bytes
            case .crc64nvme(let crc): crc.bytes
            case .sha1(let hash): Array(hash.finalize())
            case .sha256(let hash): Array(hash.finalize())
            }
        guard let value = ChecksumValue(algorithm, bytes: bytes) else {
            preconditionFailure("\(algorithm) has \(algorithm.length) bytes")
        }
        return value
    }
}
