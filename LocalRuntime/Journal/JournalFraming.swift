import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How records are delimited in a journal's file. Both ways distinguish a truncated record from a complete one.
public enum JournalFraming: Sendable {
    /// One record a line. Records must not contain a line feed.
    case lines
    /// Each record follows three big-endian `UInt32`: its length in bytes with the highest bit set, the complement of
    /// that, and a checksum of the record. Earlier versions wrote only the length, without the bit. Records must not be
    /// empty, because zero bytes at the end of a file are what a crash of the machine may leave of a record.
    case lengthPrefixed

    /// A longer record can only be a damaged length.
    private static let maximumLength = 64 << 20
    private static let hasChecksum: UInt32 = 1 << 31
    private static let headerSize = 12

    struct EmptyRecord: Error {}

    /// Appends a frame around what the closure writes.
    func write(to buffer: inout ByteBuffer, _ record: (inout ByteBuffer) throws -> Void) throws {
        switch self {
        case .lines:
            try record(&buffer)
            buffer.writeInteger(UInt8(ascii: "\n"))
        case .lengthPrefixed:
            let start = buffer.writerIndex
            buffer.writeRepeatingByte(0, count: Self.headerSize)
            try record(&buffer)
            let length = buffer.writerIndex - start - Self.headerSize
            guard length > 0 else { throw EmptyRecord() }
            let word = UInt32(length) | Self.hasChecksum
            let checksum = buffer.withUnsafeReadableBytes { Self.checksum(.init(rebasing: $0.suffix(length))) }
            buffer.setInteger(word, at: start)
            buffer.setInteger(~word, at: start + 4)
            buffer.setInteger(checksum, at: start + 8)
        }
    }

    enum Frame {
        /// A complete record and how many bytes it takes with its frame.
        case complete(ByteBuffer, size: Int)
        case incomplete
        /// - mayBeTorn: Whether the frame may be what a crash of the machine left of one: a prefix and then zero bytes.
        ///   The buffer is behind the frame, or behind its length.
        case damaged(mayBeTorn: Bool)
    }

    /// Whether a complete frame may be what a crash of the machine left of a record: a prefix and then zero bytes.
    func mayBeTorn(_ record: ByteBuffer) -> Bool { self == .lengthPrefixed && record.readableBytesView.last ?? 0 == 0 }

    /// Takes the next record from the buffer; an incomplete one stays there.
    ///
    /// - Parameter isAfterChecksum: Whether an earlier record has a checksum, so that all later ones have.
    func next(in buffer: inout ByteBuffer, isAfterChecksum: inout Bool) -> Frame {
        switch self {
        case .lines:
            let length = buffer.withUnsafeReadableBytes { bytes in
                bytes.baseAddress.flatMap { start in
                    memchr(start, CInt(UInt8(ascii: "\n")), bytes.count).map { UnsafeRawPointer($0) - start }
                }
            }
            guard let length, let record = buffer.readSlice(length: length) else { return .incomplete }
            buffer.moveReaderIndex(forwardBy: 1)
            return .complete(record, size: length + 1)
        case .lengthPrefixed:
            guard let word = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .incomplete }
            let length = word & ~Self.hasChecksum
            guard length <= Self.maximumLength else { return .damaged(mayBeTorn: false) }
            if word != length {
                isAfterChecksum = true
                return nextWithChecksum(in: &buffer, word, length: Int(length))
            }
            if isAfterChecksum {
                buffer.moveReaderIndex(forwardBy: 4)
                return .damaged(mayBeTorn: word == 0)
            }
            guard let record = buffer.getSlice(at: buffer.readerIndex + 4, length: Int(length)) else {
                return .incomplete
            }
            buffer.moveReaderIndex(forwardBy: 4 + Int(length))
            return .complete(record, size: 4 + Int(length))
        }
    }

    private func nextWithChecksum(in buffer: inout ByteBuffer, _ word: UInt32, length: Int) -> Frame {
        let start = buffer.readerIndex
        guard let complement = buffer.getInteger(at: start + 4, as: UInt32.self) else { return .incomplete }
        // Else a damaged length could hide all records after it, as if the file ended within this one.
        guard complement == ~word else {
            buffer.moveReaderIndex(forwardBy: 8)
            return .damaged(mayBeTorn: complement & 0xFF == 0)
        }
        guard let checksum = buffer.getInteger(at: start + 8, as: UInt32.self),
            let record = buffer.getSlice(at: start + Self.headerSize, length: length)
        else { return .incomplete }
        buffer.moveReaderIndex(forwardBy: Self.headerSize + length)
        guard record.withUnsafeReadableBytes(Self.checksum) == checksum else {
            return .damaged(mayBeTorn: mayBeTorn(record))
        }
        return .complete(record, size: Self.headerSize + length)
    }

    /// Detects damage, not intent. It reads eight bytes at a time, so that it takes little of the time of a write.
    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        let end = bytes.count & ~7
        for offset in stride(from: 0, to: end, by: 8) {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
        }
        mix(bytes[end...].reduce(0) { $0 << 8 | UInt64($1) })
        return UInt32(truncatingIfNeeded: hash)
    }
}
