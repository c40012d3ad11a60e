public import FoundationEssentials

/// The id that API Gateway gives a WebSocket connection.
public struct ConnectionID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
}

/// A user's id, as the identity provider names the user. In general it is not a UUID.
public struct UserID: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// In UTF-8. Limits what one user can add to another's list of conversations.
    public static let maximumBytes = 256

    /// What ``init(validating:)`` accepts, for messages to clients.
    public static let rule =
        "1 to 128 characters and at most 256 bytes, without control or invisible characters or surrounding spaces"

    /// Accepts 1 to 128 characters in at most ``maximumBytes``; nil for anything else.
    ///
    /// Two different ids must not look the same. There are therefore no control, format or other invisible characters, and
    /// no white space other than single spaces between visible characters.
    ///
    /// Only the identity provider knows whether the user exists.
    public init?(validating text: String) {
        let scalars = text.unicodeScalars
        guard (1...128).contains(scalars.count), text.utf8.count <= Self.maximumBytes,
            scalars.allSatisfy(\.isVisibleOrSpace),
            scalars.first != " ", scalars.last != " ",
            !zip(scalars, scalars.dropFirst()).contains(where: { $0 == (" ", " ") })
        else { return nil }
        rawValue = text
    }

    /// Compares bytes, as Postgres, Redis and identity providers do. Swift's strings would treat two encodings of `ü`
    /// as the same user.
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

/// A conversation's id: a UUID, which clients see in lower case.
public struct ConversationID: UUIDIdentifier {
    public var rawValue: UUID

    public init(rawValue: UUID) { self.rawValue = rawValue }
}

/// A message's id: a UUID, which clients see in lower case.
public struct MessageID: UUIDIdentifier {
    public var rawValue: UUID

    public init(rawValue: UUID) { self.rawValue = rawValue }
}

/// An identifier that is a UUID.
public protocol UUIDIdentifier: RawRepresentable<UUID>, Hashable, Sendable, Codable, CustomStringConvertible {
    init(rawValue: UUID)
}

extension UUIDIdentifier {
    /// Accepts the 36 characters of a UUID, in upper or lower case; nil for anything else.
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

extension Unicode.Scalar {
    /// False for characters that are not shown, or shown as white space, except the space itself.
    fileprivate var isVisibleOrSpace: Bool {
        if self == " " { return true }
        // U+2800 is a Braille pattern without dots.
        if properties.isWhitespace || properties.isDefaultIgnorableCodePoint || self == "\u{2800}" { return false }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate: false
        default: true
        }
    }
}
