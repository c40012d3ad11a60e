/// A token as clients send it: in the header or query parameter `Authorization`, with or without the scheme `Bearer`.
public struct BearerToken: Sendable, Equatable {
    public var text: String

    public init(text: String) { self.text = text }

    /// Nil if the value is not one token.
    public init?(_ value: String) {
        let words = value.split(separator: " ")
        switch words.count {
        case 1: text = String(words[0])
        case 2 where words[0].lowercased() == "bearer": text = String(words[1])
        default: return nil
        }
    }
}
