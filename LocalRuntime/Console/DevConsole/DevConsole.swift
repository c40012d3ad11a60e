public import Activity
import Foundation
public import HTTPListener
public import LambdaHost
import NIOCore
import NIOHTTP1

/// Serves `/_local/`: the console page, its data, and the development token issuer.
///
/// Responds only to programs on this machine and to pages of its own or a trusted origin; see ``RequestPolicy``.
public struct DevConsole: Sendable {
    let activity: ActivityRecorder
    let invoker: any FunctionInvoker
    let issuer: DevelopmentIssuer
    let info: @Sendable () async -> RuntimeInfo
    let health: @Sendable () async -> HealthReport
    let disconnect: @Sendable (String) async -> Bool
    var pace = ActivityEventStream.Pace()
    private let policy: RequestPolicy

    /// - Parameters:
    ///   - policy: The hosts under which the console may be opened, and the origins whose pages may use its data.
    ///   - info: The addresses and routes of the run.
    ///   - health: The results of the health checks.
    ///   - disconnect: Closes the WebSocket connection with this id, as `DELETE @connections` does; false if it does not
    ///     exist.
    public init(
        activity: ActivityRecorder,
        invoker: any FunctionInvoker,
        issuer: DevelopmentIssuer,
        policy: RequestPolicy,
        info: @escaping @Sendable () async -> RuntimeInfo,
        health: @escaping @Sendable () async -> HealthReport,
        disconnect: @escaping @Sendable (String) async -> Bool
    ) {
        self.activity = activity
        self.invoker = invoker
        self.issuer = issuer
        self.info = info
        self.health = health
        self.disconnect = disconnect
        self.policy = policy
    }

    /// The response to a request under `/_local`; nil for any other path.
    public func respond(to request: IncomingRequest) async -> OutgoingResponse? {
        let path = request.path
        guard path == "/_local" || path.hasPrefix("/_local/") else { return nil }
        guard request.isFromThisMachine else {
            return .failure(.forbidden, "Only this machine may use this address.")
        }
        if let denial = policy.denial(of: request.headers, for: .trusted) { return .refusal(for: denial) }
        guard path != "/_local" else {
            return OutgoingResponse(status: .permanentRedirect, headers: ["Location": "/_local/"])
        }

        let origin = trustedOrigin(of: request)
        var response =
            request.method == .OPTIONS ? .preflight : await answer(request, at: path.dropFirst("/_local/".count))
        response.headers.replaceOrAdd(name: "Cross-Origin-Resource-Policy", value: "same-origin")
        response.headers.replaceOrAdd(name: "X-Content-Type-Options", value: "nosniff")
        response.headers.add(name: "Vary", value: "Origin")
        if let origin { response.headers.replaceOrAdd(name: "Access-Control-Allow-Origin", value: origin) }
        return response
    }

    /// The origin of the page that has sent the request, if it is another origin than the console's own.
    private func trustedOrigin(of request: IncomingRequest) -> String? {
        request.headers.first(name: "Origin").flatMap { text in
            PageOrigin(text).map { policy.trustedOrigins.contains($0) } == true ? text : nil
        }
    }

    private func answer(_ request: IncomingRequest, at path: Substring) async -> OutgoingResponse {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).removingPercentEncoding ?? String($0)
        }
        // The listener omits the body of a response to HEAD.
        let method = request.method == .HEAD ? .GET : request.method
        switch (method, segments.count, segments[0]) {
        case (.GET, 1, "info"): return .json(.ok, encoding: await information(for: request))
        case (.GET, 1, "health"): return await healthResponse()
        case (.POST, 1, "token"): return await token(request.body)
        case (.GET, 1, "activity"): return .json(.ok, encoding: ActivitySnapshot(of: activity))
        case (.GET, 2, "activity") where segments[1] == "stream": return activityStream(method: request.method)
        case (.GET, 2, "invocations"): return invocation(segments[1])
        case (.POST, 3, "invocations") where segments[2] == "replay": return await replay(segments[1])
        case (.DELETE, 2, "connections"): return await close(segments[1])
        case (.GET, 2, ".well-known"): return wellKnown(segments[1])
        case (.GET, 1, _):
            let host = request.headers.first(name: "Host") ?? ""
            if let file = ConsolePage.file(at: path, host: host, servicesURL: await info().servicesURL) { return file }
        default: break
        }
        return .failure(.notFound, "There is no \(request.method) /_local/\(path) here.")
    }

    /// The credentials are for programs, and for the page that shows them; not for pages of other origins.
    private func information(for request: IncomingRequest) async -> RuntimeInfo {
        var information = await info()
        if trustedOrigin(of: request) != nil { information.credentials = nil }
        return information
    }

    private func healthResponse() async -> OutgoingResponse {
        let report = await health()
        return .json(report.isHealthy ? .ok : .serviceUnavailable, encoding: report)
    }
}

extension OutgoingResponse {
    static func json(_ status: HTTPResponseStatus, encoding value: some Encodable) -> Self {
        do {
            return json(status, bytes: try JSONEncoder.readable.encode(value))
        } catch {
            return failure(.internalServerError, "The response could not be encoded as JSON.")
        }
    }

    static func json(_ status: HTTPResponseStatus, bytes: some Sequence<UInt8>) -> Self {
        OutgoingResponse(
            status: status,
            headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes(ByteBuffer(bytes: bytes))
        )
    }

    /// `{"message":…}` with one sentence.
    static func failure(_ status: HTTPResponseStatus, _ message: String) -> Self {
        .message(status, message, headers: ["Cache-Control": "no-store"])
    }

    /// The response to a preflight request of a page with a trusted origin.
    fileprivate static var preflight: Self {
        OutgoingResponse(
            status: .noContent,
            headers: [
                "Access-Control-Allow-Methods": "GET, POST, DELETE",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Max-Age": "600",
            ]
        )
    }
}
