import FoundationEssentials

extension PostPolicy {
    /// Reads the document that a form's field `policy` holds in base64.
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
        // The names of these two are the only ones whose case counts.
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

    /// The document, of which the signature covers the base64 text.
    func base64() -> String {
        var text = #"{"expiration":"\#(expiration.formatted(Self.format))","conditions":["#
        text += conditions.map { condition in
            switch condition {
            case .equals(let field, let value): #"{\#(PolicyJSON.text(field)):\#(PolicyJSON.text(value))}"#
            case .startsWith(let field, let prefix):
                #"["starts-with",\#(PolicyJSON.text("$" + field)),\#(PolicyJSON.text(prefix))]"#
            case .contentLength(let range): #"["content-length-range",\#(range.lowerBound),\#(range.upperBound)]"#
            }
        }.joined(separator: ",")
        return Data((text + "]}").utf8).base64EncodedString()
    }

    /// `2026-11-22T10:15:00Z`, with fractions of a second or without.
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

/// The JSON that policies are made of.
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

    /// Numbers may be written as strings too.
    var number: Int? {
        switch self {
        case .integer(let integer): integer
        case .string(let text) where !text.isEmpty && text.utf8.allSatisfy(\.isDigit): Int(text)
        case .string, .object, .array, .other: nil
        }
    }

    /// A string as JSON writes it.
    static func text(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\u{0}"..<" ": text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
