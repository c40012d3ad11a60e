import FoundationEssentials

extension JSONEncoder {
    /// What a person who calls an endpoint by hand can read: addresses as they are, keys in order.
    static var readable: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
