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
    /// What verifying a token came to.
    public enum TokenVerdict: Sendable, Hashable {
        /// The claims as the event has them, all as text, and what the token's scope claim lists.
        case valid(claims: [String: String], scopes: [String])
        /// Why not, for the `www-authenticate` header.
        case invalid(String)
    }

    /// Verifies a token by an authorizer's issuer and audience.
    public typealias TokenCheck =
        @Sendable (_ token: String, _ authorizer: HTTPAPI.Authorizer.JWT) async -> TokenVerdict

    public let api: HTTPAPI
    private let routes: RouteTable
    private let events: HTTPEvents
    private let crossOrigin: CrossOrigin?
    private let invoker: any FunctionInvoker
    private let checkToken: TokenCheck
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
        self.checkToken = checkToken
        self.recorder = recorder
        self.logger = logger
    }

    /// Answers a request.
    ///
    /// - Parameter path: The request's path below the API's address, so with the stage in front unless it is
    ///   `$default`; still percent-encoded.
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
        var routed = RoutedRequest(
            request: request,
            path: path,
            routePath: routePath,
            routeKey: match.route.key,
            pathParameters: match.pathParameters,
            requestID: requestID
        )
        if let authorizer = match.route.authorizer {
            switch await authorize(routed, by: authorizer) {
            case .allowed(let caller): routed.caller = caller
            case .refused(let response): return response
            }
        }
        return await integrate(routed, match.route)
    }

    // MARK: Authorizers

    private enum Authorization {
        case allowed(CallerContext)
        case refused(OutgoingResponse)
    }

    private func authorize(_ routed: RoutedRequest, by authorizer: HTTPAPI.Authorizer) async -> Authorization {
        switch authorizer {
        case .jwt(let settings): await authorize(routed, by: settings)
        case .request(let settings): await authorize(routed, by: settings)
        }
    }

    private func authorize(_ routed: RoutedRequest, by settings: HTTPAPI.Authorizer.JWT) async -> Authorization {
        guard let source = value(of: settings.identitySource, in: routed), !source.isEmpty else {
            return .refused(.message(.unauthorized, "Unauthorized", headers: ["www-authenticate": "Bearer"]))
        }
        let token = source.lowercased().hasPrefix("bearer ") ? String(source.dropFirst(7)) : source
        switch await checkToken(token, settings) {
        case .invalid(let reason):
            logger.debug("Token refused", metadata: ["api": "\(api.logicalID)", "reason": "\(reason)"])
            let challenge = #"Bearer scope="" error="invalid_token" error_description="\#(quotable(reason))""#
            return .refused(.message(.unauthorized, "Unauthorized", headers: ["www-authenticate": challenge]))
        case .valid(let claims, let scopes):
            guard settings.scopes.isEmpty || !settings.scopes.allSatisfy({ !scopes.contains($0) }) else {
                let wanted = settings.scopes.joined(separator: " ")
                let challenge = #"Bearer scope="\#(wanted)" error="insufficient_scope""#
                return .refused(.message(.forbidden, "Forbidden", headers: ["www-authenticate": challenge]))
            }
            return .allowed(.jwt(claims: claims, scopes: settings.scopes.isEmpty ? nil : scopes))
        }
    }

    /// A reason as it may stand between quotation marks in a header.
    private func quotable(_ reason: String) -> String {
        String(decoding: reason.utf8.filter { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }, as: UTF8.self)
    }

    private func authorize(_ routed: RoutedRequest, by settings: HTTPAPI.Authorizer.Request) async -> Authorization {
        let identity = settings.identitySources.map { value(of: $0, in: routed) }
        guard identity.allSatisfy({ $0?.isEmpty == false }) else {
            return .refused(.message(.unauthorized, "Unauthorized"))
        }
        let sources = identity.compactMap { $0 }
        let isVersion1 = settings.payloadFormatVersion == "1.0"
        let result = await invoker.invoke(
            InvocationRequest(
                function: settings.function,
                payload: isVersion1
                    ? events.version1(routed, authorizing: sources) : events.version2(routed, authorizing: sources),
                trigger: "Authorizer of \(routed.routeKey)",
                callerTimeout: 10_000
            )
        )
        guard case .response(let answer) = result.outcome else {
            if case .functionError(let document) = result.outcome,
                (try? JSONValue(parsing: document))?["errorMessage"]?.string == "Unauthorized"
            {
                return .refused(.message(.unauthorized, "Unauthorized"))
            }
            return .refused(.message(.internalServerError, "Internal Server Error"))
        }
        let forbidden = Authorization.refused(.message(.forbidden, "Forbidden"))
        let failed = Authorization.refused(.message(.internalServerError, "Internal Server Error"))
        guard settings.enablesSimpleResponses, !isVersion1 else {
            switch AuthorizerDecision(policyAnswer: answer, methodARN: events.routeARN(routed)) {
            case .allow(let context): return .allowed(.lambda(context.mapValues(JSONValue.string)))
            case .deny: return forbidden
            case .malformed: return failed
            }
        }
        guard case .object(let fields)? = try? JSONValue(parsing: answer),
            case .boolean(let isAuthorized)? = fields["isAuthorized"]
        else { return failed }
        guard isAuthorized else { return forbidden }
        guard case .object(let context)? = fields["context"] else { return .allowed(.lambda([:])) }
        return .allowed(.lambda(context))
    }

    /// `$request.header.X`, `$request.querystring.X`, `$stageVariables.X`; nil where the request has none.
    private func value(of source: String, in routed: RoutedRequest) -> String? {
        let parts = source.split(separator: ".", maxSplits: 2).map(String.init)
        if parts.count == 3, parts[0] == "$request", parts[1] == "header" {
            return routed.request.headers.first(name: parts[2])
        }
        if parts.count == 3, parts[0] == "$request", parts[1] == "querystring" {
            return RequestTarget.queryItems(routed.request.query).first { $0.name == parts[2] }?.value
        }
        if parts.count == 2, parts[0] == "$stageVariables" {
            return api.stage.variables[parts[1]]
        }
        return nil
    }

    // MARK: Integrations

    private func integrate(_ routed: RoutedRequest, _ route: HTTPAPI.Route) async -> OutgoingResponse {
        guard case .function(let function, let timeout) = route.integration else {
            note("\(route.key) of \(api.logicalID) has an integration that is not emulated")
            return .message(.internalServerError, "Internal Server Error")
        }
        let isVersion1 = route.payloadFormatVersion == "1.0"
        let result = await invoker.invoke(
            InvocationRequest(
                function: function,
                payload: isVersion1 ? events.version1(routed) : events.version2(routed),
                trigger: "\(routed.request.method.rawValue) \(routed.path)",
                callerTimeout: timeout
            )
        )
        switch result.outcome {
        case .response(let payload):
            guard let response = answer(payload, isVersion1: isVersion1) else {
                note("\(function) answered \(route.key) with something that is no proxy response")
                return .message(.internalServerError, "Internal Server Error")
            }
            return response
        case .functionError, .unknownFunction: return .message(.internalServerError, "Internal Server Error")
        case .callerTimeout, .throttled: return .message(.serviceUnavailable, "Service Unavailable")
        }
    }

    private func answer(_ payload: ByteBuffer, isVersion1: Bool) -> OutgoingResponse? {
        if isVersion1 { return ProxyResponse(strict: payload).flatMap(outgoing) }
        guard let value = try? JSONValue(parsing: payload) else { return nil }
        if case .object(let fields) = value, fields["statusCode"] != nil {
            return ProxyResponse(fields: fields).flatMap(outgoing)
        }
        // Without a status code the answer is the body: JSON as it is, and a JSON string as its text.
        let body = value.string.map { ByteBuffer(string: $0) } ?? payload
        return OutgoingResponse(status: .ok, headers: ["content-type": "application/json"], body: .bytes(body))
    }

    /// The response as HTTP; nil if a header's name or value cannot be sent.
    private func outgoing(_ response: ProxyResponse) -> OutgoingResponse? {
        var headers = HTTPHeaders()
        for (name, value) in response.headers where !Self.ownHeaders.contains(name.lowercased()) {
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

    /// Headers about the connection or the framing are the listener's.
    private static let ownHeaders: Set = ["content-length", "transfer-encoding", "connection", "keep-alive"]

    private func note(_ text: String) {
        logger.warning("\(text)")
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
    }
}
