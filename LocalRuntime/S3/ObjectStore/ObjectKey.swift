import Glibc

/// The name of an object: up to 1,024 bytes of UTF-8, compared byte for byte.
///
/// `String` treats different encodings of an accented letter as equal, and has another order than S3.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// In bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    public static let maximumLength = 1_024

    public let bytes: [UInt8]

    public init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    /// Any bytes, for bounds of comparisons that are not valid UTF-8.
    init(bytes: [UInt8]) { self.bytes = bytes }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
    public var description: String { text }

    public func hasPrefix(_ prefix: ObjectKey) -> Bool {
        bytes.count >= prefix.bytes.count && order(to: prefix, in: prefix.bytes.count) == 0
    }

    /// The lowest bound above all keys with this prefix, or nil.
    var endOfPrefix: ObjectKey? {
        var bound = bytes
        while let last = bound.popLast() {
            guard last < UInt8.max else { continue }
            bound.append(last + 1)
            return ObjectKey(bytes: bound)
        }
        return nil
    }

    public static func == (left: ObjectKey, right: ObjectKey) -> Bool { left.order(to: right) == 0 }

    public static func < (left: ObjectKey, right: ObjectKey) -> Bool { left.order(to: right) < 0 }

    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    private func order(to other: ObjectKey) -> Int {
        let order = order(to: other, in: min(bytes.count, other.bytes.count))
        return order == 0 ? bytes.count - other.bytes.count : order
    }

    /// - Parameter count: The number of bytes to compare; neither key may be shorter.
    private func order(to other: ObjectKey, in count: Int) -> Int {
        bytes.withUnsafeBytes { own in
            other.bytes.withUnsafeBytes { other in
                guard let own = own.baseAddress, let other = other.baseAddress else { return 0 }
                return Int(memcmp(own, other, count))
            }
        }
    }
}

extension ObjectKey: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
