public import EmulatorCore
import FoundationEssentials
public import NIOCore

/// What a function behind a Lambda proxy integration answers.
///
/// A body of any kind but text, a status that is no number or a key that API Gateway does not know makes the answer
/// malformed (https://repost.aws/knowledge-center/malformed-502-api-gateway).
public struct ProxyResponse: Sendable, Hashable {
    public var statusCode: Int
    /// In the order of their names; `multiValueHeaders` follow `headers`.
    public var headers: [(name: String, value: String)] { single + multiple }
    public var body: ByteBuffer?
    public var cookies: [String] = []

    private var singleHeaders: [String: String] = [:]
    private var multipleHeaders: [String: [String]] = [:]

    private var single: [(name: String, value: String)] {
        singleHeaders.filter { multipleHeaders[$0.key] == nil }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value) }
    }

    private var multiple: [(name: String, value: String)] {
        multipleHeaders.sorted { $0.key < $1.key }.flatMap { name, values in values.map { (name: name, value: $0) } }
    }

    /// The first header of this name, whatever its case.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    /// Reads an answer in the form that WebSocket and REST APIs, and payload format 1.0, take; nil if it is malformed.
    public init?(strict payload: ByteBuffer) {
        guard case .object(let fields)? = try? JSONValue(parsing: payload) else { return nil }
        let known: Set = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"]
        guard known.isSuperset(of: fields.keys) else { return nil }
        self.init(fields: fields)
    }

    /// Reads the fields of an answer; nil if one that counts has the wrong type.
    public init?(fields: [String: JSONValue]) {
        switch fields["statusCode"] {
        case .integer(let code): statusCode = Int(clamping: code)
        case .string(let text):
            guard let code = Int(text) else { return nil }
            statusCode = code
        default: return nil
        }
        // A 1xx status is never the last response to a request, so a client would wait for ever.
        guard (200...599).contains(statusCode) else { return nil }
        let isBase64 = fields["isBase64Encoded"] == .boolean(true)
        switch fields["body"] {
        case .string(let text) where isBase64:
            guard let data = Data(base64Encoded: text) else { return nil }
            body = ByteBuffer(bytes: data)
        case .string(let text): body = ByteBuffer(string: text)
        case nil, .null: body = nil
        default: return nil
        }
        switch fields["headers"] {
        case .object(let headers):
            for (name, value) in headers {
                guard let text = value.scalarText else { return nil }
                singleHeaders[name] = text
            }
        case nil, .null: break
        default: return nil
        }
        switch fields["multiValueHeaders"] {
        case .object(let headers):
            for (name, values) in headers {
                guard case .array(let values) = values else { return nil }
                multipleHeaders[name] = values.compactMap(\.scalarText)
            }
        case nil, .null: break
        default: return nil
        }
        if case .array(let values) = fields["cookies"] { cookies = values.compactMap(\.string) }
    }
}
