import FoundationEssentials

/// The fields of a JSON object a client sent, read strictly: a field of another type than the one asked for, or outside
/// its limits, is an ``ChatError/Code/invalidRequest`` that says what it must be.
///
/// Lengths are counted in Unicode scalars, which JavaScript's `[...text].length` counts too; they do not change with
/// the version of Unicode, as what looks like one character does. Unknown fields are ignored, and `null` is the same as
/// a field left out.
public struct RequestFields {
    private let container: KeyedDecodingContainer<FieldName>

    fileprivate init(_ decoder: any Decoder) throws(ChatError) {
        do {
            container = try decoder.container(keyedBy: FieldName.self)
        } catch {
            throw ChatError(.invalidRequest, "The request must be a JSON object.")
        }
    }

    /// Reads a string, without the white space at its ends if so asked.
    public func string(
        _ name: String,
        _ length: ClosedRange<Int>,
        trimming: Bool = false,
        tooLong: ChatError.Code = .invalidRequest
    ) throws(ChatError) -> String {
        guard let string = try optionalString(name, length, trimming: trimming, tooLong: tooLong) else {
            throw mustBe(name, .string(length))
        }
        return string
    }

    public func optionalString(
        _ name: String,
        _ length: ClosedRange<Int>,
        trimming: Bool = false,
        tooLong: ChatError.Code = .invalidRequest
    ) throws(ChatError) -> String? {
        guard var string = try value(String.self, of: name, .string(length)) else { return nil }
        if trimming { string = string.trimmed }
        let count = string.unicodeScalars.count
        guard count <= length.upperBound else { throw mustBe(name, .string(length), code: tooLong) }
        guard count >= length.lowerBound else { throw mustBe(name, .string(length)) }
        // Postgres' text cannot hold it.
        guard !string.unicodeScalars.contains("\0") else {
            throw ChatError(.invalidRequest, "`\(name)` must not contain the character U+0000.")
        }
        return string
    }

    public func identifier<Identifier: UUIDIdentifier>(_ name: String) throws(ChatError) -> Identifier {
        guard let text = try value(String.self, of: name, .uuid), let identifier = Identifier(text) else {
            throw mustBe(name, .uuid)
        }
        return identifier
    }

    public func wholeNumber(_ name: String, atLeast minimum: Int64) throws(ChatError) -> Int64 {
        guard let number = try optionalWholeNumber(name, atLeast: minimum) else {
            throw mustBe(name, .wholeNumber(minimum))
        }
        return number
    }

    public func optionalWholeNumber(_ name: String, atLeast minimum: Int64) throws(ChatError) -> Int64? {
        guard let number = try value(Int64.self, of: name, .wholeNumber(minimum)) else { return nil }
        guard number >= minimum else { throw mustBe(name, .wholeNumber(minimum)) }
        return number
    }

    public func optionalBoolean(_ name: String) throws(ChatError) -> Bool? {
        try value(Bool.self, of: name, .boolean)
    }

    public func optionalStrings(_ name: String) throws(ChatError) -> [String]? {
        try value([String].self, of: name, .strings)
    }

    private func value<Value: Decodable>(
        _: Value.Type,
        of name: String,
        _ kind: FieldKind
    ) throws(ChatError) -> Value? {
        do {
            return try container.decodeIfPresent(Value.self, forKey: FieldName(stringValue: name))
        } catch {
            throw mustBe(name, kind)
        }
    }

    private func mustBe(_ name: String, _ kind: FieldKind, code: ChatError.Code = .invalidRequest) -> ChatError {
        ChatError(code, "`\(name)` must be \(kind).")
    }
}

/// A request's body that reads itself out of its fields.
public protocol RequestBody: Decodable {
    init(_ fields: RequestFields) throws(ChatError)
}

extension RequestBody {
    public init(from decoder: any Decoder) throws {
        try self.init(RequestFields(decoder))
    }
}

extension WebSocketEvent {
    public func request<Request: RequestBody>(_: Request.Type = Request.self) throws(ChatError) -> Request {
        try decode(body, isBase64Encoded: isBase64Encoded)
    }
}

extension HTTPEvent {
    public func request<Request: RequestBody>(_: Request.Type = Request.self) throws(ChatError) -> Request {
        try decode(body, isBase64Encoded: isBase64Encoded)
    }
}

private func decode<Request: RequestBody>(_ body: String?, isBase64Encoded: Bool) throws(ChatError) -> Request {
    let text = body ?? ""
    guard let data = isBase64Encoded ? Data(base64Encoded: text) : Data(text.utf8) else {
        throw ChatError(.invalidRequest, "The request must be valid JSON.")
    }
    do {
        return try JSONDecoder().decode(Request.self, from: data)
    } catch let error as ChatError {
        throw error
    } catch {
        throw ChatError(.invalidRequest, "The request must be valid JSON.")
    }
}

private struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private enum FieldKind: CustomStringConvertible {
    case string(ClosedRange<Int>)
    case uuid
    case wholeNumber(Int64)
    case boolean
    case strings

    var description: String {
        switch self {
        case .string(let length) where length.lowerBound == 0:
            "a string of at most \(length.upperBound.grouped) characters"
        case .string(let length):
            "a string of \(length.lowerBound) to \(length.upperBound.grouped) characters"
        case .uuid: "a UUID"
        case .wholeNumber(let minimum): "a whole number of at least \(minimum)"
        case .boolean: "true or false"
        case .strings: "an array of strings"
        }
    }
}

extension String {
    /// Without the white space at its ends.
    fileprivate var trimmed: String {
        guard let start = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(unicodeScalars[start...end])
    }
}

extension Int {
    /// With commas, as in a sentence: 4,096.
    fileprivate var grouped: String {
        self < 1000 ? String(self) : (self / 1000).grouped + "," + String(self % 1000 + 1000).dropFirst()
    }
}
