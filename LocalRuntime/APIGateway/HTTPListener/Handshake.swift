import FoundationEssentials
import NIOHTTP1

/// The rules of a WebSocket handshake that concern any server.
///
/// https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
enum Handshake {
    /// What a request gets that asks for a WebSocket in a way that is none; nil if it is right, or asks for no WebSocket.
    static func refusal(of request: HTTPRequestHead) -> OutgoingResponse? {
        guard isAttempt(request) else { return nil }
        guard request.headers["sec-websocket-version"] == ["13"] else {
            return .message(
                .upgradeRequired,
                "Sec-WebSocket-Version has to be 13",
                headers: ["Sec-WebSocket-Version": "13"]
            )
        }
        guard request.method == .GET else {
            return .message(.badRequest, "A WebSocket handshake has to be a GET request")
        }
        let keys = request.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return .message(.badRequest, "Sec-WebSocket-Key has to be 16 bytes in base64")
        }
        return nil
    }

    /// Whether a request asks for a WebSocket, rightly or not.
    static func isAttempt(_ request: HTTPRequestHead) -> Bool {
        names("connection", in: request).contains("upgrade") && names("upgrade", in: request).contains("websocket")
    }

    private static func names(_ header: String, in request: HTTPRequestHead) -> [String] {
        request.headers[canonicalForm: header].map { $0.lowercased() }
    }
}
