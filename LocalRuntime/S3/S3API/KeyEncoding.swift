import ByteEncodings
import EmulatorCore

/// The encoding of keys in listings. Clients request URL encoding because XML cannot represent all characters.
struct KeyEncoding: Sendable {
    private let isURL: Bool

    init(_ query: S3Query) throws {
        let type = query["encoding-type"]
        guard type == nil || type == "url" else {
            throw S3Error.invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type ?? "")
        }
        isURL = type != nil
    }

    func encode(_ text: String) -> String {
        guard isURL else { return text }
        // Most keys need no escapes.
        var copy = text
        let isPlain = copy.withUTF8 { bytes in
            var index = 0
            while index < bytes.count, Self.isPlain(bytes[index]) { index += 1 }
            return index == bytes.count
        }
        guard !isPlain else { return text }
        return PercentEncoding.encode(text, keepingSlashes: true)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x2D && byte <= 0x39)
            || byte == 0x5F
    }

    func write(to xml: inout XMLWriter) {
        if isURL { xml.element("EncodingType", "url") }
    }
}
