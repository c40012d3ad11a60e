import HTTPListener
import NIOHTTP1
import Synchronization

/// Answers 503 until the real responder is set.
///
/// The ports are bound before the template is resolved, because the template's values depend on them.
final class DeferredResponder: RequestResponder {
    private let responder = Mutex<(any RequestResponder)?>(nil)

    func set(_ responder: any RequestResponder) { self.responder.withLock { $0 = responder } }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        guard let responder = responder.withLock({ $0 }) else { return Self.starting }
        return await responder.respond(to: request)
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        guard let responder = responder.withLock({ $0 }) else { return .refuse(Self.starting) }
        return await responder.upgrade(request)
    }

    func handler(for head: IncomingRequest) -> RequestHandler {
        responder.withLock { $0 }?.handler(for: head) ?? .buffered { _ in Self.starting }
    }

    private static var starting: OutgoingResponse {
        .message(.serviceUnavailable, "Starting", headers: ["Retry-After": "1"])
    }
}
