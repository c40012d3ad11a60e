import FoundationEssentials
import NIOHTTP1

/// The rules for WebSocket handshakes that apply to every server.
///
/// https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
enum Handshake {
    /// The response to an invalid WebSocket upgrade request; nil if the request is valid or is no upgrade request.
    static func refusal(of request: HTTPRequestHead) -> OutgoingResponse? {
        guard isAttempt(request) else { return nil }
        guard request.headers["sec-websocket-version"] == ["13"] else {
            return .message(
                .upgradeRequired,
                "Sec-WebSocket-Version must be 13",
                headers: ["Sec-WebSocket-Version": "13"]
            )
        }
        guard request.method == .GET else {
            return .message(.badRequest, "A WebSocket handshake must be a GET request")
        }
        guard !request.announcesBody else {
            return .message(.badRequest, "A WebSocket handshake must have no body")
        }
        let keys = request.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return .message(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64")
        }
        return nil
    }

    /// Whether this is a WebSocket upgrade request, valid or not.
    static func isAttempt(_ request: HTTPRequestHead) -> Bool {
        names("connection", in: request).contains("upgrade") && names("upgrade", in: request).contains("websocket")
    }

    private static func names(_ header: String, in request: HTTPRequestHead) -> [String] {
        request.headers[canonicalForm: header].map { $0.lowercased() }
    }
}

extension HTTPRequestHead {
    fileprivate var announcesBody: Bool {
        headers.contains(name: "transfer-encoding") || headers["content-length"].contains { $0 != "0" }
    }
}
