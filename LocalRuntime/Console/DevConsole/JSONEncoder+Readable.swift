import FoundationEssentials

extension JSONEncoder {
    /// Output for people: sorted keys and unescaped slashes.
    static var readable: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
