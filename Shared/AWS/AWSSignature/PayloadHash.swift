import ByteEncodings
import Crypto
public import FoundationEssentials

/// The last line of a canonical request: the hash of the body, or a keyword in its place.
public struct PayloadHash: Sendable, Hashable {
    /// 64 lower-case hexadecimal digits, or a keyword that S3 accepts instead (`UNSIGNED-PAYLOAD`, `STREAMING-…`).
    public var value: String

    /// A hash that was computed elsewhere, or a keyword.
    public init(value: String) {
        self.value = value
    }

    /// The hash of a body. It can be reused for every request with the same body.
    public init(of body: some DataProtocol) {
        value = Hexadecimal.encode(SHA256.hash(data: body))
    }

    /// The hash of an empty body.
    public static let empty = PayloadHash(value: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    /// A body that the signature does not cover.
    public static let unsigned = PayloadHash(value: "UNSIGNED-PAYLOAD")

    /// Whether this is a hash, not a keyword.
    var isHash: Bool {
        value.utf8.count == 64 && value.utf8.allSatisfy { Hexadecimal.value(ofLowerCase: $0) != nil }
    }
}
