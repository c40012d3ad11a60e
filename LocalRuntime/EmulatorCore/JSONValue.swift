import FoundationEssentials
public import NIOCore

/// Any JSON value, for what has no shape known beforehand.
public enum JSONValue: Sendable, Hashable, Decodable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// - Throws: `DecodingError` when the bytes are no JSON text.
    public init(parsing text: ByteBuffer) throws {
        let data = Data(text.readableBytesView)
        let first = data.first { !" \t\r\n".utf8.contains($0) }
        // Nearly all are objects; to know that spares the wrong guesses below.
        if first == UInt8(ascii: "{") {
            self = .object(try JSONDecoder().decode([String: JSONValue].self, from: data))
        } else {
            self = try JSONDecoder().decode(JSONValue.self, from: data)
        }
    }

    public init(from decoder: any Decoder) throws {
        // Every wrong guess costs a thrown error, so the guesses stand in the order of what events hold most.
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let object = try? decoder.container(keyedBy: Key.self) {
            var fields: [String: JSONValue] = [:]
            for key in object.allKeys {
                fields[key.stringValue] = try object.decode(JSONValue.self, forKey: key)
            }
            self = .object(fields)
        } else if var array = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
            self = .array(elements)
        } else if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else {
            self = .number(try value.decode(Double.self))
        }
    }

    public subscript(_ key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value as text where it is a scalar: what a template or an authorizer's context makes of it.
    public var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
