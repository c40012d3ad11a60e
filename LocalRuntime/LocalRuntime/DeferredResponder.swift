import HTTPListener
import NIOHTTP1
import Synchronization

/// Holds a port until whoever answers on it is ready: the ports must be known before the template can be resolved.
final class DeferredResponder: RequestResponder {
    private let responder = Mutex<(any RequestResponder)?>(nil)

    func open(_ responder: any RequestResponder) { self.responder.withLock { $0 = responder } }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        guard let responder = responder.withLock({ $0 }) else { return Self.starting }
        return await responder.respond(to: request)
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        guard let responder = responder.withLock({ $0 }) else { return .refuse(Self.starting) }
        return await responder.upgrade(request)
    }

    func streamingResponder(for request: IncomingRequest) -> (any StreamingResponder)? {
        responder.withLock { $0 }?.streamingResponder(for: request)
    }

    private static var starting: OutgoingResponse {
        .message(.serviceUnavailable, "Starting", headers: ["Retry-After": "1"])
    }
}
