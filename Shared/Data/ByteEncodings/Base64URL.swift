import FoundationEssentials

/// base64url without padding (RFC 7515, section 2).
public enum Base64URL {
    /// The encoded characters.
    public static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Data(bytes).base64EncodedData().compactMap { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: character
            }
        }
    }

    /// Decodes text in exactly the form that ``encode(_:)`` produces. Returns nil for any other text.
    ///
    /// Other alphabets, padding and nonzero unused bits are rejected, so that a signed token has only one valid form.
    public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        let characters = Array(text)
        var base64 = characters.map { character in
            switch character {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: character
            }
        }
        while !base64.count.isMultiple(of: 4) { base64.append(UInt8(ascii: "=")) }
        guard let bytes = Data(base64Encoded: Data(base64)), encode(bytes) == characters else { return nil }
        return Array(bytes)
    }
}
