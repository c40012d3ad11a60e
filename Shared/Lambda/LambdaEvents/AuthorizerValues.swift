/// The values that an authorizer provides about a caller: its context, or the claims of a JWT.
///
/// API Gateway passes an authorizer's context as strings, but adds numbers such as `integrationLatency`, so every
/// scalar is read as a string. Other values are dropped.
public struct AuthorizerValues: Codable, Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public var values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    public init(dictionaryLiteral elements: (String, String)...) {
        values = Dictionary(elements) { _, last in last }
    }

    public subscript(name: String) -> String? { values[name] }

    public init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: Scalar].self).compactMapValues(\.text)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }
}

private struct Scalar: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            text = string
        } else if let integer = try? container.decode(Int64.self) {
            text = String(integer)
        } else if let boolean = try? container.decode(Bool.self) {
            text = String(boolean)
        } else if let number = try? container.decode(Double.self) {
            text = String(number)
        }
    }
}
