public import EmulatorCore
import FoundationEssentials
public import NIOCore

/// The response of a function to a Lambda proxy integration.
///
/// A body that is not a string, a status that is not a number, or an unknown key makes the response malformed:
/// https://repost.aws/knowledge-center/malformed-502-api-gateway
public struct ProxyResponse: Sendable, Hashable {
    public var statusCode: Int
    /// `headers` in the order of their names, then `multiValueHeaders`, which replace headers of the same name.
    public var headers: [(name: String, value: String)] { single + multiple }
    public var body: ByteBuffer?
    public var cookies: [String] = []
    /// The body for a text frame: invalid UTF-8, which only a base64 body can contain, is replaced.
    public var textBody: ByteBuffer? {
        guard let body, isBinary, !body.isUTF8 else { return body }
        return ByteBuffer(string: String(buffer: body))
    }

    private var isBinary = false

    private var singleHeaders: [String: String] = [:]
    private var multipleHeaders: [String: [String]] = [:]

    private var single: [(name: String, value: String)] {
        singleHeaders.filter { multipleHeaders[$0.key] == nil }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value) }
    }

    private var multiple: [(name: String, value: String)] {
        multipleHeaders.sorted { $0.key < $1.key }.flatMap { name, values in values.map { (name: name, value: $0) } }
    }

    /// The value of the first header of this name, ignoring case.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    /// Reads a response to a WebSocket API, a REST API or payload format 1.0; nil if it is malformed.
    public init?(strict payload: ByteBuffer) {
        guard case .object(let fields)? = try? JSONValue(parsing: payload) else { return nil }
        let known: Set = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"]
        guard known.isSuperset(of: fields.keys) else { return nil }
        self.init(fields: fields)
    }

    /// Reads the fields of a response and ignores unknown ones; nil if a known field has the wrong type.
    public init?(fields: [String: JSONValue]) {
        switch fields["statusCode"] {
        case .integer(let code): statusCode = Int(clamping: code)
        case .string(let text):
            guard let code = Int(text) else { return nil }
            statusCode = code
        default: return nil
        }
        // A client would wait for another response after a 1xx status.
        guard (200...599).contains(statusCode) else { return nil }
        do {
            isBinary = fields["isBase64Encoded"] == .boolean(true)
            body = try Self.body(fields["body"], isBase64: isBinary)
            singleHeaders = try Self.object(fields["headers"]).mapValues { value in
                guard let text = value.scalarText else { throw Malformed() }
                return text
            }
            multipleHeaders = try Self.object(fields["multiValueHeaders"]).mapValues { value in
                guard case .array(let values) = value else { throw Malformed() }
                return values.compactMap(\.scalarText)
            }
        } catch {
            return nil
        }
        if case .array(let values) = fields["cookies"] { cookies = values.compactMap(\.string) }
    }

    private struct Malformed: Error {}

    private static func body(_ value: JSONValue?, isBase64: Bool) throws(Malformed) -> ByteBuffer? {
        switch value {
        case .string(let text) where isBase64:
            guard let data = Data(base64Encoded: text) else { throw Malformed() }
            return ByteBuffer(bytes: data)
        case .string(let text): return ByteBuffer(string: text)
        case nil, .null: return nil
        default: throw Malformed()
        }
    }

    private static func object(_ value: JSONValue?) throws(Malformed) -> [String: JSONValue] {
        switch value {
        case .object(let fields): return fields
        case nil, .null: return [:]
        default: throw Malformed()
        }
    }
}
