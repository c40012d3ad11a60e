/// Encodes a nil value as `null`. Swift's synthesized encoding would leave out the key, but clients expect every key.
@propertyWrapper
public struct NullIfAbsent<Value: Encodable & Sendable>: Encodable, Sendable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}
