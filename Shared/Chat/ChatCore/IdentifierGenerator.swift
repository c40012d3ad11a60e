public import FoundationEssentials

/// Generates the UUIDs of new conversations, messages and files. Tests pass a generator of fixed UUIDs.
public struct IdentifierGenerator: Sendable {
    private let make: @Sendable () -> UUID

    public init(_ make: @escaping @Sendable () -> UUID) { self.make = make }

    public func next<Identifier: UUIDIdentifier>(_: Identifier.Type = Identifier.self) -> Identifier {
        Identifier(rawValue: make())
    }

    /// A UUID for an identifier that has other parts too.
    public func nextUUID() -> UUID { make() }

    /// UUIDs of version 7 (RFC 9562): they begin with the time, so new rows are neighbours in an index, and have 74 random
    /// bits.
    public static let version7 = IdentifierGenerator {
        var generator = SystemRandomNumberGenerator()
        return .version7(
            milliseconds: UInt64(Date.now.timeIntervalSince1970 * 1000),
            random: (generator.next(), generator.next())
        )
    }
}

extension UUID {
    static func version7(milliseconds: UInt64, random: (UInt64, UInt64)) -> UUID {
        let high = milliseconds << 16 | 0x7000 | random.0 & 0x0fff
        let low = 0x8000_0000_0000_0000 | random.1 & 0x3fff_ffff_ffff_ffff
        let byte = { (word: UInt64, index: UInt64) in UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        return UUID(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            )
        )
    }
}
