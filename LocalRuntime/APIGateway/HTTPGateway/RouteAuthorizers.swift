import EmulatorCore
import GatewayCore
import HTTPListener
import LambdaHost
import Logging
import NIOCore
import NIOHTTP1
import SAMTemplate

/// The authorizers of an HTTP API's routes.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
struct RouteAuthorizers: Sendable {
    enum Decision: Sendable {
        case allowed(AuthorizerContext)
        case refused(OutgoingResponse)

        static let unauthorized = Decision.refused(.message(.unauthorized, "Unauthorized"))
        static let forbidden = Decision.refused(.message(.forbidden, "Forbidden"))
        static let failed = Decision.refused(.message(.internalServerError, "Internal Server Error"))

        /// Whether the authorizer's response was not a valid one.
        var isFailure: Bool {
            if case .refused(let response) = self { response.status == .internalServerError } else { false }
        }
    }

    let api: HTTPAPI
    let events: HTTPEvents
    let invoker: any FunctionInvoker
    let checkToken: HTTPGateway.TokenCheck
    let cache: AuthorizerCache
    let logger: Logger

    func authorize(_ routed: RoutedRequest, by authorizer: HTTPAPI.Authorizer) async -> Decision {
        switch authorizer {
        case .jwt(let settings): await authorize(routed, by: settings)
        case .request(let settings): await authorize(routed, by: settings)
        }
    }

    // MARK: JWT

    private func authorize(_ routed: RoutedRequest, by settings: HTTPAPI.Authorizer.JWT) async -> Decision {
        guard let source = value(of: settings.identitySource, in: routed), !source.isEmpty else {
            return refused(.unauthorized, "Unauthorized", challenge: "Bearer")
        }
        let token = source.lowercased().hasPrefix("bearer ") ? String(source.dropFirst(7)) : source
        switch await checkToken(token, settings) {
        case .invalid(let reason):
            logger.debug("Token refused", metadata: ["api": "\(api.logicalID)", "reason": "\(reason)"])
            let challenge = #"Bearer scope="" error="invalid_token" error_description="\#(quotable(reason))""#
            return refused(.unauthorized, "Unauthorized", challenge: challenge)
        case .valid(let claims, let scopes):
            guard settings.scopes.isEmpty || settings.scopes.contains(where: scopes.contains) else {
                let required = settings.scopes.joined(separator: " ")
                let challenge = #"Bearer scope="\#(required)" error="insufficient_scope""#
                return refused(.forbidden, "Forbidden", challenge: challenge)
            }
            return .allowed(.jwt(claims: claims, scopes: settings.scopes.isEmpty ? nil : scopes))
        }
    }

    private func refused(_ status: HTTPResponseStatus, _ message: String, challenge: String) -> Decision {
        .refused(.message(status, message, headers: ["www-authenticate": challenge]))
    }

    /// The part of a reason that can be quoted in a header.
    private func quotable(_ reason: String) -> String {
        String(decoding: reason.utf8.filter { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }, as: UTF8.self)
    }

    // MARK: Lambda

    private func authorize(_ routed: RoutedRequest, by settings: HTTPAPI.Authorizer.Request) async -> Decision {
        let identity = settings.identitySources.map { value(of: $0, in: routed) }
        guard identity.allSatisfy({ $0?.isEmpty == false }) else { return .unauthorized }
        let sources = identity.compactMap { $0 }
        if let response = cache.response(of: settings, to: sources) {
            return decision(response, routed, settings)
        }
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
        switch result.outcome {
        case .response(let payload):
            let decision = decision(payload, routed, settings)
            if !decision.isFailure { cache.store(payload, of: settings, to: sources) }
            return decision
        case .functionError(let document):
            let message = (try? JSONValue(parsing: document))?["errorMessage"]?.string
            return message == "Unauthorized" ? .unauthorized : .failed
        case .callerTimeout, .throttled, .unknownFunction: return .failed
        }
    }

    private func decision(
        _ response: ByteBuffer,
        _ routed: RoutedRequest,
        _ settings: HTTPAPI.Authorizer.Request
    ) -> Decision {
        settings.enablesSimpleResponses && settings.payloadFormatVersion != "1.0"
            ? simpleDecision(response) : policyDecision(response, routed)
    }

    private func policyDecision(_ response: ByteBuffer, _ routed: RoutedRequest) -> Decision {
        switch AuthorizerDecision(policyResponse: response, methodARN: events.routeARN(routed)) {
        case .allow(let context): .allowed(.lambda(context.mapValues(JSONValue.string)))
        case .deny: .forbidden
        case .malformed: .failed
        }
    }

    /// Reads `{"isAuthorized": …, "context": {…}}`.
    private func simpleDecision(_ response: ByteBuffer) -> Decision {
        guard case .object(let fields)? = try? JSONValue(parsing: response),
            case .boolean(let isAuthorized)? = fields["isAuthorized"]
        else { return .failed }
        guard isAuthorized else { return .forbidden }
        guard case .object(let context)? = fields["context"] else { return .allowed(.lambda([:])) }
        return .allowed(.lambda(context))
    }

    // MARK: Identity sources

    /// The value of `$request.header.X`, `$request.querystring.X`, `$stageVariables.X` or `$context.routeKey`; nil if it
    /// is absent.
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
        return source == "$context.routeKey" ? routed.routeKey : nil
    }
}
