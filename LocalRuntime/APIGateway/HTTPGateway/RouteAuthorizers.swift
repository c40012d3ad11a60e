import Activity
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
    let recorder: ActivityRecorder
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
            let challenge = #"Bearer scope="" error="invalid_token" error_description="\#(description(reason))""#
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

    /// The part of a reason that can be quoted in a header, in AWS's form: `the token does not have a valid audience`.
    ///
    /// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    private func description(_ reason: String) -> String {
        let bytes = reason.utf8.filter { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }
        let text = String(decoding: bytes.last == UInt8(ascii: ".") ? bytes.dropLast() : bytes[...], as: UTF8.self)
        return text.hasPrefix("The ") ? "t" + text.dropFirst() : text
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
                caller: routed.caller,
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
            return message == "Unauthorized" ? .unauthorized : failed(settings, "it failed: \(message ?? "no message")")
        case .callerTimeout: return failed(settings, "it did not answer within 10 seconds")
        case .throttled: return failed(settings, "its reserved concurrency is used up")
        case .unknownFunction: return failed(settings, "there is no function \(settings.function)")
        }
    }

    /// The client only sees that something failed, so the log says what.
    private func failed(_ settings: HTTPAPI.Authorizer.Request, _ problem: String) -> Decision {
        let text = "The authorizer \(settings.name) of \(api.logicalID) cannot decide: \(problem)."
        logger.warning("\(text)")
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
        return .failed
    }

    private func decision(
        _ response: ByteBuffer,
        _ routed: RoutedRequest,
        _ settings: HTTPAPI.Authorizer.Request
    ) -> Decision {
        settings.enablesSimpleResponses && settings.payloadFormatVersion != "1.0"
            ? simpleDecision(response, settings) : policyDecision(response, routed, settings)
    }

    private func policyDecision(
        _ response: ByteBuffer,
        _ routed: RoutedRequest,
        _ settings: HTTPAPI.Authorizer.Request
    ) -> Decision {
        switch AuthorizerDecision(policyResponse: response, methodARN: events.routeARN(routed)) {
        case .allow(let context): .allowed(.lambda(context.mapValues(JSONValue.string)))
        case .deny: .forbidden
        case .malformed: failed(settings, "in its response, \(AuthorizerDecision.problem(with: response))")
        }
    }

    /// Reads `{"isAuthorized": …, "context": {…}}`.
    private func simpleDecision(_ response: ByteBuffer, _ settings: HTTPAPI.Authorizer.Request) -> Decision {
        guard case .object(let fields)? = try? JSONValue(parsing: response) else {
            return failed(settings, "its response is not a JSON object")
        }
        guard case .boolean(let isAuthorized)? = fields["isAuthorized"] else {
            return failed(settings, "in its response, isAuthorized is missing or is not true or false")
        }
        guard isAuthorized else { return .forbidden }
        switch fields["context"] {
        case .object(let context)?: return .allowed(.lambda(context))
        case nil, .null?: return .allowed(.lambda([:]))
        default: return failed(settings, "in its response, context is not an object")
        }
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
