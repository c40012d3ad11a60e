import NIOHTTP1

/// Refuses requests for foreign host names, and passes the others on.
struct GuardedResponder: RequestResponder {
    let policy: RequestPolicy
    let responder: any RequestResponder

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        if let refusal = refusal(of: request) { return refusal }
        return await responder.respond(to: request)
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        if let refusal = refusal(of: request) { return .refuse(refusal) }
        return await responder.upgrade(request)
    }

    /// The body of a refused request is not read.
    func handler(for head: IncomingRequest) -> RequestHandler {
        if let refusal = refusal(of: head) { return .streaming { _, _ in refusal } }
        return responder.handler(for: head)
    }

    private func refusal(of request: IncomingRequest) -> OutgoingResponse? {
        // A client of HTTP/1.0 may send no Host; every browser sends one.
        guard request.headers.contains(name: "Host") else { return nil }
        return policy.denial(of: request.headers, for: .every).map { .refusal(for: $0) }
    }
}

extension OutgoingResponse {
    /// The response to a request that a ``RequestPolicy`` does not admit.
    public static func refusal(for denial: RequestPolicy.Denial) -> Self {
        let message =
            switch denial {
            case .host:
                "Requests must name this server by a loopback name or address in Host. "
                    + "--allowed-host allows further names."
            case .page: "Only programs and pages of this server may use this address."
            }
        return .message(.forbidden, message, headers: ["X-Content-Type-Options": "nosniff"])
    }
}
