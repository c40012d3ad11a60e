import ChatCore

extension WebSocketAuthorizerEvent {
    /// The token of the handshake, from the query parameter or the header `Authorization`. Browsers use the query, because
    /// they cannot set headers of a WebSocket handshake.
    var token: BearerToken? {
        let inHeader = headers?.first { $0.key.lowercased() == "authorization" }?.value
        return (queryStringParameters?["Authorization"] ?? inHeader).flatMap(BearerToken.init(_:))
    }
}
