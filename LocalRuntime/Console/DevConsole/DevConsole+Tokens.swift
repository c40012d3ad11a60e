import HTTPListener
import NIOCore
import NIOHTTP1

extension DevConsole {
    func token(_ body: ByteBuffer) async -> OutgoingResponse {
        struct Answer: Encodable {
            var token: String
            /// Seconds.
            var expiresIn: Int
        }
        let request: TokenRequest
        do {
            request = try TokenRequest(body: body)
        } catch {
            return .failure(.badRequest, error.message)
        }
        do {
            return .json(
                .ok,
                encoding: Answer(token: try await issuer.token(for: request), expiresIn: request.expiresIn)
            )
        } catch {
            return .failure(.internalServerError, "The token could not be signed.")
        }
    }

    func wellKnown(_ name: String) -> OutgoingResponse {
        do {
            switch name {
            case "openid-configuration": return .json(.ok, bytes: try issuer.discoveryDocument())
            case "jwks.json": return .json(.ok, bytes: try issuer.keySetDocument())
            default: return .failure(.notFound, "There is no such well-known document.")
            }
        } catch {
            return .failure(.internalServerError, "The document could not be encoded as JSON.")
        }
    }
}
