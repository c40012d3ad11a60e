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
    /// Each record follows its length in bytes, a big-endian `UInt32`. Records must not be empty, because zero bytes
    /// at the end of a file are what a crash of the machine may leave of a record.
    case lengthPrefixed

    /// A longer record can only be a damaged length.
    private static let maximumLength = 64 << 20

    struct EmptyRecord: Error {}

    /// Appends a frame around what the closure writes.
    func write(to buffer: inout ByteBuffer, _ record: (inout ByteBuffer) throws -> Void) throws {
        switch self {
        case .lines:
            try record(&buffer)
            buffer.writeInteger(UInt8(ascii: "\n"))
        case .lengthPrefixed:
            let start = buffer.writerIndex
            buffer.writeInteger(0 as UInt32)
            try record(&buffer)
            guard buffer.writerIndex > start + 4 else { throw EmptyRecord() }
            buffer.setInteger(UInt32(buffer.writerIndex - start - 4), at: start)
        }
    }

    enum Frame {
        /// A complete record and how many bytes it takes with its frame.
        case complete(ByteBuffer, size: Int)
        case incomplete
        case damaged
    }

    /// Whether a complete frame may be what a crash of the machine left of a record: a prefix and then zero bytes.
    func mayBeTorn(_ record: ByteBuffer) -> Bool { self == .lengthPrefixed && record.readableBytesView.last ?? 0 == 0 }

    /// Takes the next record from the buffer; an incomplete one stays there.
    func next(in buffer: inout ByteBuffer) -> Frame {
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
            guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .incomplete }
            guard length <= Self.maximumLength else { return .damaged }
            guard let record = buffer.getSlice(at: buffer.readerIndex + 4, length: Int(length)) else {
                return .incomplete
            }
            buffer.moveReaderIndex(forwardBy: 4 + Int(length))
            return .complete(record, size: 4 + Int(length))
        }
    }
}
