public import Activity
import EmulatorCore
import GatewayCore
public import HTTPListener
public import LambdaHost
public import Logging
import NIOCore
import NIOHTTP1
public import SAMTemplate

/// One stage of an HTTP API: routes, authorizers, CORS, and Lambda proxy integrations.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
public struct HTTPGateway: Sendable {
    /// The result of verifying a token.
    public enum TokenVerdict: Sendable, Hashable {
        /// The claims as text, in the form of events, and the scopes of the token.
        case valid(claims: [String: String], scopes: [String])
        /// The reason, for the `www-authenticate` header.
        case invalid(String)
    }

    /// Verifies a token against the issuer and the audience of an authorizer.
    public typealias TokenCheck =
        @Sendable (_ token: String, _ authorizer: HTTPAPI.Authorizer.JWT) async -> TokenVerdict

    public let api: HTTPAPI
    private let routes: RouteTable
    private let events: HTTPEvents
    private let crossOrigin: CrossOrigin?
    private let invoker: any FunctionInvoker
    private let authorizers: RouteAuthorizers
    private let throttle: RouteThrottle
    private let recorder: ActivityRecorder
    private let logger: Logger

    public init(
        api: HTTPAPI,
        region: String,
        accountID: String,
        invoker: any FunctionInvoker,
        checkToken: @escaping TokenCheck,
        recorder: ActivityRecorder,
        logger: Logger
    ) {
        self.api = api
        self.routes = RouteTable(api.routes)
        self.events = HTTPEvents(
            apiID: api.apiID,
            stage: api.stage.name,
            stageVariables: api.stage.variables.sorted { $0.key < $1.key },
            region: region,
            accountID: accountID
        )
        self.crossOrigin = api.cors.map(CrossOrigin.init)
        self.invoker = invoker
        self.throttle = RouteThrottle(
            rate: api.stage.throttling.rate,
            burst: api.stage.throttling.burst,
            routes: api.stage.routeThrottling.mapValues { ($0.rate, $0.burst) }
        )
        self.recorder = recorder
        self.logger = logger
        self.authorizers = RouteAuthorizers(
            api: api,
            events: events,
            invoker: invoker,
            checkToken: checkToken,
            cache: AuthorizerCache(),
            recorder: recorder,
            logger: logger
        )
    }

    /// Responds to a request.
    ///
    /// - Parameter path: The request's path below the API's address, still percent-encoded. It begins with the stage
    ///   unless that is `$default`.
    public func respond(to request: IncomingRequest, path: Substring) async -> OutgoingResponse {
        if let preflight = crossOrigin?.preflight(request) { return preflight }
        let requestID = GatewayIdentifier.request()
        var response = await routedResponse(to: request, path: path, requestID: requestID)
        crossOrigin?.apply(to: &response, for: request)
        response.headers.replaceOrAdd(name: "apigw-requestid", value: requestID)
        return response
    }

    private func routedResponse(
        to request: IncomingRequest,
        path: Substring,
        requestID: String
    ) async -> OutgoingResponse {
        var routePath = path
        if api.stage.name != "$default" {
            let prefix = "/" + api.stage.name
            guard path == prefix || path.hasPrefix(prefix + "/") else { return .message(.notFound, "Not Found") }
            routePath = path.dropFirst(prefix.count)
        }
        if routePath.isEmpty { routePath = "/" }
        guard let match = routes.match(method: request.method.rawValue, path: routePath) else {
            return .message(.notFound, "Not Found")
        }
        let isDefault = match.route.key == "$default"
        guard let rawPath = isDefault ? DefaultRoutePath.decoded(path) : RequestTarget.decoded(path) else {
            return .message(.badRequest, "Bad Request")
        }
        guard throttle.admits(match.route.key) else { return .message(.tooManyRequests, "Too Many Requests") }
        var routed = RoutedRequest(
            request: request,
            path: path,
            rawPath: rawPath,
            routePath: routePath,
            routeKey: match.route.key,
            pathParameters: match.pathParameters,
            requestID: requestID
        )
        if let authorizer = match.route.authorizer {
            switch await authorizers.authorize(routed, by: authorizer) {
            case .allowed(let context): routed.authorizer = context
            case .refused(let response): return response
            }
        }
        return await integrate(routed, match.route)
    }

    // MARK: Integrations

    private func integrate(_ routed: RoutedRequest, _ route: HTTPAPI.Route) async -> OutgoingResponse {
        guard case .function(let function, let timeout) = route.integration else {
            warn("The integration of \(route.key) in \(api.logicalID) is not emulated.")
            return .message(.internalServerError, "Internal Server Error")
        }
        let event = route.payloadFormatVersion == "1.0" ? events.version1(routed) : events.version2(routed)
        guard event.readableBytes <= InvocationRequest.synchronousLimit else {
            warn(
                "The event of \(routed.request.method.rawValue) \(routed.path) for \(function) has "
                    + "\(event.readableBytes) bytes; Lambda accepts \(InvocationRequest.synchronousLimit)."
            )
            return .message(.payloadTooLarge, "Request Entity Too Large")
        }
        let result = await invoker.invoke(
            InvocationRequest(
                function: function,
                payload: event,
                trigger: "\(routed.request.method.rawValue) \(routed.path)",
                caller: routed.caller,
                callerTimeout: timeout
            )
        )
        switch result.outcome {
        case .response(let payload):
            guard let response = response(from: payload, of: function, route) else {
                warn("The response of \(function) to \(route.key) is not a valid proxy response.")
                return .message(.internalServerError, "Internal Server Error")
            }
            return response
        case .functionError, .unknownFunction: return .message(.internalServerError, "Internal Server Error")
        case .callerTimeout, .throttled: return .message(.serviceUnavailable, "Service Unavailable")
        }
    }

    /// The function's response as HTTP; nil if it is malformed.
    private func response(from payload: ByteBuffer, of function: String, _ route: HTTPAPI.Route) -> OutgoingResponse? {
        func warn(ofIgnored field: String) {
            let version = route.payloadFormatVersion
            self.warn("\(field) in the response of \(function) to \(route.key) is ignored in format \(version).")
        }
        if route.payloadFormatVersion == "1.0" {
            guard var response = ProxyResponse(strict: payload) else { return nil }
            if !response.cookies.isEmpty { warn(ofIgnored: "cookies") }
            response.cookies = []
            return outgoing(response)
        }
        guard let value = try? JSONValue(parsing: payload) else { return nil }
        if case .object(var fields) = value, fields["statusCode"] != nil {
            if fields.removeValue(forKey: "multiValueHeaders") != nil { warn(ofIgnored: "multiValueHeaders") }
            return ProxyResponse(fields: fields).flatMap(outgoing)
        }
        // Without a status code the payload itself is the body, or its text if it is a JSON string.
        let body = value.string.map { ByteBuffer(string: $0) } ?? payload
        return OutgoingResponse(status: .ok, headers: ["content-type": "application/json"], body: .bytes(body))
    }

    /// The response as HTTP; nil if a header is not well-formed.
    private func outgoing(_ response: ProxyResponse) -> OutgoingResponse? {
        var headers = HTTPHeaders()
        for (name, value) in response.headers where !Self.reservedHeaders.contains(name.lowercased()) {
            guard HTTPHeaders.isWellFormed(name: name, value: value) else { return nil }
            headers.add(name: name, value: value)
        }
        for cookie in response.cookies {
            guard HTTPHeaders.isWellFormed(name: "set-cookie", value: cookie) else { return nil }
            headers.add(name: "set-cookie", value: cookie)
        }
        if !headers.contains(name: "content-type") {
            headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        }
        return OutgoingResponse(
            status: HTTPResponseStatus(statusCode: response.statusCode),
            headers: headers,
            body: .bytes(response.body ?? ByteBuffer())
        )
    }

    /// Headers that only the listener may set.
    private static let reservedHeaders: Set = ["content-length", "transfer-encoding", "connection", "keep-alive"]

    private func warn(_ text: String) {
        logger.warning("\(text)")
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
    }
}
