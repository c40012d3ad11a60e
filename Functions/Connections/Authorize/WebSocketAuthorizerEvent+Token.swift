import ChatCore

extension WebSocketAuthorizerEvent {
    /// The token of the handshake, from the query parameter or the header `Authorization`, with or without the scheme
    /// `Bearer`. Browsers use the query, because they cannot set headers of a WebSocket handshake.
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
