public import NIOHTTP1

extension HTTPHeaders {
    /// Whether every name is a token and no value contains a control character. Headers that are not well-formed could be
    /// read as further headers or as another response.
    ///
    /// https://www.rfc-editor.org/rfc/rfc9110#section-5.5
    public var areWellFormed: Bool {
        allSatisfy { Self.isWellFormed(name: $0.name, value: $0.value) }
    }

    /// The same for one header. Check a name before adding it to `HTTPHeaders`: NIO crashes on a name that is not ASCII.
    public static func isWellFormed(name: String, value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(isTokenByte) && value.utf8.allSatisfy(isValueByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\t") || (byte >= 0x20 && byte != 0x7f)
    }
}
