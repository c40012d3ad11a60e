import ChatCore

extension WebSocketAuthorizerEvent {
    /// The token of the handshake: in the query, because a browser cannot set headers, or in the header.
    ///
    /// The scheme `Bearer` may stand before it in both.
    var token: String? {
        let inHeader = headers?.first { $0.key.lowercased() == "authorization" }?.value
        guard let value = queryStringParameters?["Authorization"] ?? inHeader else { return nil }
        let words = value.split(separator: " ")
        return switch words.count {
        case 1: String(words[0])
        case 2 where words[0].lowercased() == "bearer": String(words[1])
        default: nil
        }
    }
}
