import FoundationEssentials

/// The fields of a JSON object that a client sent. Reading is strict: a field of the wrong type, or outside its limits,
/// is an ``ChatError/Code/invalidRequest`` that says what it must be.
///
/// Lengths are counted in Unicode scalars, as JavaScript's `[...text].length` does. Unlike grapheme clusters they do not
/// depend on the version of Unicode. Unknown fields are ignored, and `null` means the same as an absent field.
public struct RequestFields {
    private let container: KeyedDecodingContainer<FieldName>

    fileprivate init(_ decoder: any Decoder) throws(ChatError) {
        do {
            container = try decoder.container(keyedBy: FieldName.self)
        } catch {
            throw ChatError(.invalidRequest, "The request must be a JSON object.")
        }
    }

    /// - Parameters:
    ///   - length: The allowed number of Unicode scalars, after trimming.
    ///   - trimming: Whether to remove the white space at both ends.
    ///   - tooLong: The code of the error for a string that is too long.
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
        // Postgres cannot store it in a text.
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

/// A client's request that is decoded from the fields of a JSON object.
public protocol ChatRequest: Decodable {
    init(_ fields: RequestFields) throws(ChatError)
}

extension ChatRequest {
    public init(from decoder: any Decoder) throws {
        try self.init(RequestFields(decoder))
    }
}

extension WebSocketEvent {
    public func request<Request: ChatRequest>(_: Request.Type = Request.self) throws(ChatError) -> Request {
        try decode(body, isBase64Encoded: isBase64Encoded)
    }
}

extension HTTPEvent {
    public func request<Request: ChatRequest>(_: Request.Type = Request.self) throws(ChatError) -> Request {
        try decode(body, isBase64Encoded: isBase64Encoded)
    }
}

/// In bytes. More than the longest valid request has: 999 user ids of 128 characters, each escaped in six bytes.
private let maximumBodySize = 1 << 20

private func decode<Request: ChatRequest>(_ body: String?, isBase64Encoded: Bool) throws(ChatError) -> Request {
    let text = body ?? ""
    guard text.utf8.count <= (isBase64Encoded ? maximumBodySize / 3 * 4 + 4 : maximumBodySize) else {
        throw ChatError(.tooLarge, "The request must have at most 1 MiB.")
    }
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
    /// The string without the white space at both ends.
    fileprivate var trimmed: String {
        guard let start = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(unicodeScalars[start...end])
    }
}

extension Int {
    /// The number in decimal with commas between thousands: 4,096.
    fileprivate var grouped: String {
        self < 1000 ? String(self) : (self / 1000).grouped + "," + String(self % 1000 + 1000).dropFirst()
    }
}
