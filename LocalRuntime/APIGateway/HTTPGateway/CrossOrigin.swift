import HTTPListener
import NIOHTTP1
import SAMTemplate

/// Responds to browsers for an HTTP API with a CORS configuration.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
struct CrossOrigin: Sendable {
    let settings: HTTPAPI.CORS

    /// The response to a preflight request; nil for any other request.
    func preflight(_ request: IncomingRequest) -> OutgoingResponse? {
        guard request.method == .OPTIONS, request.headers.contains(name: "origin"),
            request.headers.contains(name: "access-control-request-method")
        else { return nil }
        var headers = HTTPHeaders()
        if let origin = allowedOrigin(of: request) {
            addOrigin(origin, to: &headers)
            if !settings.allowMethods.isEmpty {
                headers.add(name: "access-control-allow-methods", value: settings.allowMethods.joined(separator: ","))
            }
            if !settings.allowHeaders.isEmpty {
                headers.add(name: "access-control-allow-headers", value: settings.allowHeaders.joined(separator: ","))
            }
            if let maxAge = settings.maxAge {
                headers.add(name: "access-control-max-age", value: "\(maxAge)")
            }
        }
        return OutgoingResponse(status: .noContent, headers: headers)
    }

    /// Replaces the function's CORS headers with the API's.
    func apply(to response: inout OutgoingResponse, for request: IncomingRequest) {
        for name in response.headers.map(\.name) where name.lowercased().hasPrefix("access-control-") {
            response.headers.remove(name: name)
        }
        guard let origin = allowedOrigin(of: request) else { return }
        addOrigin(origin, to: &response.headers)
        if !settings.exposeHeaders.isEmpty {
            response.headers.add(
                name: "access-control-expose-headers",
                value: settings.exposeHeaders.joined(separator: ",")
            )
        }
    }

    private func addOrigin(_ origin: String, to headers: inout HTTPHeaders) {
        headers.add(name: "access-control-allow-origin", value: origin)
        if origin != "*" { headers.add(name: "vary", value: "Origin") }
        if settings.allowCredentials { headers.add(name: "access-control-allow-credentials", value: "true") }
    }

    private func allowedOrigin(of request: IncomingRequest) -> String? {
        guard let origin = request.headers.first(name: "origin") else { return nil }
        if settings.allowOrigins.contains("*") { return settings.allowCredentials ? origin : "*" }
        return settings.allowOrigins.contains { Self.matches(origin, $0) } ? origin : nil
    }

    /// AWS supports `https://*` and `http://*`. `http://localhost:*` is an extension for local templates, because
    /// development servers listen on any free port.
    private static func matches(_ origin: String, _ pattern: String) -> Bool {
        guard pattern.hasSuffix("*") else { return origin.lowercased() == pattern.lowercased() }
        return origin.lowercased().hasPrefix(pattern.dropLast().lowercased())
    }
}
