public import NIOCore

/// Turns the records of a ``Journal`` into bytes and back.
public protocol JournalCodec: Sendable {
    associatedtype Record

    /// How a record's bytes are delimited in the file.
    var framing: JournalFraming { get }

    /// Appends the bytes of a record, without its frame.
    func encode(_ record: Record, into buffer: inout ByteBuffer) throws

    /// - Parameter bytes: All bytes that ``encode(_:into:)`` appended for one record.
    /// - Throws: Any error if the bytes are not a record; the journal is then damaged.
    func decode(_ bytes: ByteBuffer) throws -> Record
}
