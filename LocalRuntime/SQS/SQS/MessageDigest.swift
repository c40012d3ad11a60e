import ByteEncodings
import Crypto
import NIOCore

/// The digests that SDKs compare with their own, in lower-case hexadecimal.
enum MessageDigest {
    static func md5(of bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.encode(Insecure.MD5.hash(data: Array(bytes)))
    }

    static func sha256(of bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.encode(SHA256.hash(data: Array(bytes)))
    }

    /// The digest of the names, types and values of all attributes.
    ///
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    static func md5(of attributes: [MessageAttribute]) -> String {
        var buffer = ByteBuffer()
        for attribute in attributes.sorted(by: { $0.name < $1.name }) {
            buffer.writeLengthPrefixed(attribute.name.utf8)
            buffer.writeLengthPrefixed(attribute.dataType.utf8)
            switch attribute.value {
            case .text(let text):
                buffer.writeInteger(1 as UInt8)
                buffer.writeLengthPrefixed(text.utf8)
            case .binary(let bytes):
                buffer.writeInteger(2 as UInt8)
                buffer.writeLengthPrefixed(bytes)
            }
        }
        return md5(of: buffer.readableBytesView)
    }
}

extension ByteBuffer {
    /// Writes the number of bytes as a big-endian `UInt32`, then the bytes.
    mutating func writeLengthPrefixed(_ bytes: some Collection<UInt8>) {
        writeInteger(UInt32(bytes.count))
        writeBytes(bytes)
    }
}
