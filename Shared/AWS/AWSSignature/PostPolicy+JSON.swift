import ByteEncodings
import FoundationEssentials

extension PostPolicy {
    /// Parses the value of a form's field `policy`, which is base64-encoded JSON.
    public init(base64: String) throws(PostError) {
        guard let data = Data(base64Encoded: base64.filter { !$0.isWhitespace }) else {
            throw .malformedPolicy("Invalid base64 encoding.")
        }
        try self.init(json: data)
    }

    init(json: Data) throws(PostError) {
        guard case .object(let document)? = try? JSONDecoder().decode(PolicyJSON.self, from: json) else {
            throw .malformedPolicy("Invalid JSON.")
        }
        // Unlike all other names, these two are case-sensitive.
        guard case .string(let expirationText)? = document["expiration"] else {
            throw .malformedPolicy("Policy missing expiration.")
        }
        guard let expiration = Self.date(expirationText) else {
            throw .malformedPolicy("Invalid 'expiration' value: '\(expirationText)'")
        }
        guard case .array(let conditions)? = document["conditions"] else {
            throw .malformedPolicy("Policy missing conditions.")
        }
        guard document.count == 2 else {
            throw .malformedPolicy("Unexpected: only expiration and conditions are known.")
        }
        var read: [Condition] = []
        for condition in conditions { read.append(try Condition(condition)) }
        self.init(expiration: expiration, conditions: read)
    }

    /// The value of the field `policy`. The signature covers this text.
    func base64() -> String {
        var text = Array(#"{"expiration":"\#(expiration.formatted(Self.format))","conditions":["#.utf8)
        for (index, condition) in conditions.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            condition.append(to: &text)
        }
        text += "]}".utf8
        return Data(text).base64EncodedString()
    }

    /// Parses `2026-11-22T10:15:00Z`, with or without fractional seconds.
    private static func date(_ text: String) -> Date? {
        guard text.utf8.count <= 40, text.hasSuffix("Z"), text.contains("T") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || !parts[1].isEmpty && parts[1].utf8.allSatisfy(\.isDigit) else {
            return nil
        }
        guard let date = try? Date("\(parts[0])Z", strategy: format), "\(parts[0])Z" == date.formatted(format) else {
            return nil
        }
        return date
    }

    private static let format = Date.ISO8601FormatStyle()
}

extension PostPolicy.Condition {
    fileprivate init(_ json: PolicyJSON) throws(PostError) {
        switch json {
        case .object(let object):
            guard object.count == 1, let (field, value) = object.first else {
                throw .malformedPolicy(
                    "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
                )
            }
            guard case .string(let text) = value else {
                throw .malformedPolicy("Invalid Simple-Condition: value must be a string.")
            }
            self = .equals(field: field, value: text)
        case .array(let list): try self.init(list)
        case .string, .integer, .other: throw .malformedPolicy("Invalid condition: it is neither a list nor an object.")
        }
    }

    fileprivate func append(to text: inout [UInt8]) {
        switch self {
        case .equals(let field, let value):
            text.append(UInt8(ascii: "{"))
            JSONString.append(field, to: &text)
            text.append(UInt8(ascii: ":"))
            JSONString.append(value, to: &text)
            text.append(UInt8(ascii: "}"))
        case .startsWith(let field, let prefix):
            text += #"["starts-with","#.utf8
            JSONString.append("$" + field, to: &text)
            text.append(UInt8(ascii: ","))
            JSONString.append(prefix, to: &text)
            text.append(UInt8(ascii: "]"))
        case .contentLength(let range):
            text += #"["content-length-range",\#(range.lowerBound),\#(range.upperBound)]"#.utf8
        }
    }

    private init(_ list: [PolicyJSON]) throws(PostError) {
        guard list.count == 3, case .string(let operation) = list[0] else {
            throw .malformedPolicy("Invalid condition: a list has an operation and two arguments.")
        }
        switch operation.lowercased() {
        case "content-length-range":
            guard let lower = list[1].number, let upper = list[2].number, lower >= 0, lower <= upper else {
                throw .malformedPolicy("Invalid content-length-range: it takes two numbers, the smaller first.")
            }
            self = .contentLength(lower...upper)
        case "eq", "starts-with":
            guard case .string(let field) = list[1], field.hasPrefix("$"), field.utf8.count > 1,
                case .string(let value) = list[2]
            else { throw .malformedPolicy("Invalid condition: it takes a field's name after a '$', and a string.") }
            let name = String(field.dropFirst())
            self =
                operation.lowercased() == "eq"
                ? .equals(field: name, value: value) : .startsWith(field: name, prefix: value)
        default: throw .malformedPolicy("Invalid condition: unknown operation '\(operation)'.")
        }
    }
}

/// The JSON values in policies.
private enum PolicyJSON: Decodable {
    case object([String: PolicyJSON])
    case array([PolicyJSON])
    case string(String)
    case integer(Int)
    case other

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.singleValueContainer().decode([String: PolicyJSON].self) {
            self = .object(object)
        } else if let array = try? decoder.singleValueContainer().decode([PolicyJSON].self) {
            self = .array(array)
        } else if let string = try? decoder.singleValueContainer().decode(String.self) {
            self = .string(string)
        } else if let integer = try? decoder.singleValueContainer().decode(Int.self) {
            self = .integer(integer)
        } else {
            self = .other
        }
    }

    /// A number, which may also be written as a string.
    var number: Int? {
        switch self {
        case .integer(let integer): integer
        case .string(let text) where !text.isEmpty && text.utf8.allSatisfy(\.isDigit): Int(text)
        case .string, .object, .array, .other: nil
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
