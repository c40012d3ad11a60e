import ByteEncodings
import Crypto
public import FoundationEssentials

/// The last line of a canonical request: the hash of the body, or a word in its place.
public struct PayloadHash: Sendable, Hashable {
    /// 64 lower-case hexadecimal digits, or what S3 takes instead (`UNSIGNED-PAYLOAD`, `STREAMING-…`).
    public var value: String

    /// A hash computed elsewhere.
    public init(value: String) {
        self.value = value
    }

    /// The hash of a body. Computed once, it serves for every request with that body.
    public init(of body: some DataProtocol) {
        value = Hexadecimal.encode(SHA256.hash(data: body))
    }

    /// The hash of no bytes.
    public static let empty = PayloadHash(value: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    /// A body that the signature leaves open.
    public static let unsigned = PayloadHash(value: "UNSIGNED-PAYLOAD")

    /// Whether this is a hash and not a word in its place.
    var isHash: Bool {
        value.utf8.count == 64 && value.utf8.allSatisfy { Hexadecimal.value(ofLowerCase: $0) != nil }
    }
}
