public import FoundationEssentials

/// A WebSocket connection's id, as API Gateway made it.
public struct ConnectionID: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
}

/// A person, as their issuer names them; not a UUID in general.
public struct UserID: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// Takes what a person may be called: 1 to 128 characters, none of them a control character.
    ///
    /// Whether there is such a person only their issuer knows.
    public init?(validating text: String) {
        let scalars = text.unicodeScalars
        guard (1...128).contains(scalars.count),
            !scalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        rawValue = text
    }

    /// Compares bytes, as Postgres, Redis and issuers do: to Swift's strings, two ways to write `ü` would be one
    /// person.
    public static func == (left: UserID, right: UserID) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension UserID: Comparable {
    /// Compares bytes, as Postgres does with the collation `C`.
    public static func < (left: UserID, right: UserID) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}

/// A conversation's id: a UUID, in lower case wherever a client sees it.
public struct ConversationID: UUIDIdentifier {
    public var rawValue: UUID

    public init(rawValue: UUID) { self.rawValue = rawValue }
}

/// A message's id: a UUID, in lower case wherever a client sees it.
public struct MessageID: UUIDIdentifier {
    public var rawValue: UUID

    public init(rawValue: UUID) { self.rawValue = rawValue }
}

/// What the identifiers that are UUIDs have in common.
public protocol UUIDIdentifier: RawRepresentable<UUID>, Hashable, Sendable, Codable, CustomStringConvertible {
    init(rawValue: UUID)
}

extension UUIDIdentifier {
    /// Takes the 36 characters of a UUID in either case, and nothing else.
    public init?(_ text: String) {
        guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
        self.init(rawValue: uuid)
    }

    public var description: String { rawValue.uuidString.lowercased() }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identifier = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
