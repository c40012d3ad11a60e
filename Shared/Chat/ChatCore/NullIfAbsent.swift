/// Encodes an absent value as `null`, where Swift would leave its key out: a client finds every key of the contract.
@propertyWrapper
public struct NullIfAbsent<Value: Encodable & Sendable>: Encodable, Sendable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

extension NullIfAbsent: Equatable where Value: Equatable {}
extension NullIfAbsent: Hashable where Value: Hashable {}
