import FoundationEssentials

extension Encodable {
    /// The JSON encoding with sorted keys, so that equal values have equal bytes.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(self))
    }
}

extension WebSocketResponse {
    /// A reply to the client that sent the message.
    public static func reply(_ reply: some Encodable) throws -> WebSocketResponse {
        .reply(try reply.json())
    }

    /// A reply that is encoded already.
    public static func reply(_ json: [UInt8]) -> WebSocketResponse {
        WebSocketResponse(statusCode: 200, body: String(decoding: json, as: UTF8.self))
    }
}

extension HTTPResponse {
    public static func json(
        _ value: some Encodable,
        status: Int = 200,
        headers: [String: String] = [:]
    ) throws -> HTTPResponse {
        HTTPResponse(
            statusCode: status,
            headers: headers.merging(["content-type": "application/json"]) { own, _ in own },
            body: String(decoding: try value.json(), as: UTF8.self)
        )
    }
}
