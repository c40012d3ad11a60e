public import NIOCore

extension ByteBuffer {
    /// Whether the readable bytes are valid UTF-8.
    public var isUTF8: Bool { (try? UTF8Span(validating: readableBytesUInt8Span)) != nil }
}
