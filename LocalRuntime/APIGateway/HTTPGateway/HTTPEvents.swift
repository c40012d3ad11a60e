import EmulatorCore
import FoundationEssentials
import GatewayCore
import HTTPListener
import NIOCore
import NIOHTTP1

/// The result of an authorizer, for `requestContext.authorizer`.
enum AuthorizerContext: Sendable {
    case jwt(claims: [String: String], scopes: [String]?)
    /// The context of a Lambda authorizer; its values keep their JSON types.
    case lambda([String: JSONValue])
}

/// A request with the route that it matched.
struct RoutedRequest: Sendable {
    var request: IncomingRequest
    /// The path, still percent-encoded. It begins with the stage unless that is `$default`.
    var path: Substring
    /// The path as events of format 2.0 have it.
    var rawPath: String
    /// The path below the stage, still percent-encoded.
    var routePath: Substring
    var routeKey: String
    var pathParameters: [(key: String, value: String)]
    var requestID: String
    var authorizer: AuthorizerContext?

    /// See `InvocationRequest.caller`.
    var caller: String {
        switch authorizer {
        case .jwt(let claims, _): claims["sub"] ?? request.remoteAddress
        case .lambda(let context): context["principalId"]?.string ?? request.remoteAddress
        case nil: request.remoteAddress
        }
    }
}

/// Writes the events that an HTTP API sends to its functions, in payload formats 1.0 and 2.0.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
struct HTTPEvents: Sendable {
    let apiID: String
    let stage: String
    let stageVariables: [(key: String, value: String)]
    let region: String
    let accountID: String

    func routeARN(_ routed: RoutedRequest) -> String {
        "arn:aws:execute-api:\(region):\(accountID):\(apiID)/\(stage)/\(routed.request.method.rawValue)\(routed.routePath)"
    }

    // MARK: Payload format 2.0

    func version2(_ routed: RoutedRequest, authorizing identity: [String]? = nil) -> ByteBuffer {
        let request = routed.request
        var json = JSONWriter()
        json.object { json in
            json.field("version", "2.0")
            if let identity {
                json.field("type", "REQUEST")
                json.field("routeArn", routeARN(routed))
                json.field("identitySource", identity)
            }
            json.field("routeKey", routed.routeKey)
            json.field("rawPath", routed.rawPath)
            json.field("rawQueryString", String(request.query ?? ""))
            let cookies = request.headers["cookie"].flatMap { $0.split(separator: ";") }
                .map { String($0.drop { $0 == " " }) }
            if !cookies.isEmpty { json.field("cookies", cookies) }
            json.field("headers", joined(headers(of: request).filter { $0.name.lowercased() != "cookie" }))
            let query = RequestTarget.queryItems(request.query).grouped()
            if !query.isEmpty {
                json.field("queryStringParameters", query.map { (key: $0.key, value: $0.value.joined(separator: ",")) })
            }
            json.field("requestContext") { writeContext2(of: routed, to: &$0) }
            if !routed.pathParameters.isEmpty { json.field("pathParameters", routed.pathParameters) }
            if !stageVariables.isEmpty { json.field("stageVariables", stageVariables) }
            if identity == nil {
                let isBase64 = writeBody(of: request, to: &json, nullIfEmpty: false)
                json.field("isBase64Encoded", isBase64)
            }
        }
        return json.buffer
    }

    private func writeContext2(of routed: RoutedRequest, to json: inout JSONWriter) {
        let now = UnixTime.now
        let request = routed.request
        json.object { json in
            json.field("accountId", accountID)
            json.field("apiId", apiID)
            writeAuthorizer(routed.authorizer, to: &json)
            let domain = request.headers.first(name: "host") ?? "localhost"
            json.field("domainName", domain)
            json.field("domainPrefix", String(domain.prefix { $0 != "." && $0 != ":" }))
            json.field("http") { json in
                json.object { json in
                    json.field("method", request.method.rawValue)
                    json.field("path", routed.rawPath)
                    json.field("protocol", "HTTP/1.1")
                    json.field("sourceIp", request.remoteAddress)
                    json.field("userAgent", request.headers.first(name: "user-agent") ?? "")
                }
            }
            json.field("requestId", routed.requestID)
            json.field("routeKey", routed.routeKey)
            json.field("stage", stage)
            json.field("time", now.requestTime)
            json.field("timeEpoch", now.milliseconds)
        }
    }

    private func writeAuthorizer(_ authorizer: AuthorizerContext?, to json: inout JSONWriter) {
        switch authorizer {
        case .jwt(let claims, let scopes):
            json.field("authorizer") { json in
                json.object { json in
                    json.field("jwt") { json in
                        json.object { json in
                            json.field("claims", claims.sorted { $0.key < $1.key })
                            if let scopes { json.field("scopes", scopes) } else { json.nullField("scopes") }
                        }
                    }
                }
            }
        case .lambda(let context):
            json.field("authorizer") { json in
                json.object { $0.field("lambda", .object(context)) }
            }
        case nil: break
        }
    }

    // MARK: Payload format 1.0

    func version1(_ routed: RoutedRequest, authorizing identity: [String]? = nil) -> ByteBuffer {
        let request = routed.request
        let headers = headers(of: request).grouped()
        let query = RequestTarget.queryItems(request.query).grouped()
        let resource = routed.routeKey.split(separator: " ").last.map(String.init) ?? routed.routeKey
        var json = JSONWriter()
        json.object { json in
            json.field("version", "1.0")
            if let identity {
                json.field("type", "REQUEST")
                json.field("methodArn", routeARN(routed))
                json.field("identitySource", identity.joined(separator: ","))
                json.field("authorizationToken", identity.first ?? "")
            }
            json.field("resource", resource)
            json.field("path", String(routed.path))
            json.field("httpMethod", request.method.rawValue)
            json.field("headers", headers.lastValues)
            json.field("multiValueHeaders", headers)
            writeOptional("queryStringParameters", query.isEmpty ? nil : query.lastValues, to: &json)
            if query.isEmpty {
                json.nullField("multiValueQueryStringParameters")
            } else {
                json.field("multiValueQueryStringParameters", query)
            }
            writeOptional("pathParameters", routed.pathParameters.isEmpty ? nil : routed.pathParameters, to: &json)
            writeOptional("stageVariables", stageVariables.isEmpty ? nil : stageVariables, to: &json)
            json.field("requestContext") { writeContext1(of: routed, resource: resource, to: &$0) }
            if identity == nil {
                let isBase64 = writeBody(of: request, to: &json, nullIfEmpty: true)
                json.field("isBase64Encoded", isBase64)
            }
        }
        return json.buffer
    }

    private func writeContext1(of routed: RoutedRequest, resource: String, to json: inout JSONWriter) {
        let now = UnixTime.now
        let request = routed.request
        json.object { json in
            json.field("accountId", accountID)
            json.field("apiId", apiID)
            switch routed.authorizer {
            case .jwt(let claims, let scopes):
                json.field("authorizer") { json in
                    json.object { json in
                        json.field("claims", claims.sorted { $0.key < $1.key })
                        if let scopes { json.field("scopes", scopes) } else { json.nullField("scopes") }
                    }
                }
            case .lambda(let context): json.field("authorizer", .object(context))
            case nil: break
            }
            let domain = request.headers.first(name: "host") ?? "localhost"
            json.field("domainName", domain)
            json.field("domainPrefix", String(domain.prefix { $0 != "." && $0 != ":" }))
            json.field("extendedRequestId", routed.requestID)
            json.field("httpMethod", request.method.rawValue)
            json.field("identity") { json in
                json.object { json in
                    json.field("sourceIp", request.remoteAddress)
                    json.field("userAgent", request.headers.first(name: "user-agent") ?? "")
                }
            }
            json.field("path", String(routed.path))
            json.field("protocol", "HTTP/1.1")
            json.field("requestId", routed.requestID)
            json.field("requestTime", now.requestTime)
            json.field("requestTimeEpoch", now.milliseconds)
            json.field("resourcePath", resource)
            json.field("stage", stage)
        }
    }

    // MARK: Parts

    private func writeOptional(_ key: String, _ map: [(key: String, value: String)]?, to json: inout JSONWriter) {
        if let map { json.field(key, map) } else { json.nullField(key) }
    }

    /// The request's headers and those that API Gateway adds. The client's own `X-Forwarded-Port` and `-Proto` are
    /// dropped.
    private func headers(of request: IncomingRequest) -> [(name: String, value: String)] {
        request.headers.filter { !["x-forwarded-port", "x-forwarded-proto"].contains($0.name.lowercased()) }
            .map { (name: $0.name, value: $0.value) }
            + ForwardedHeaders.make(
                host: request.headers.first(name: "host"),
                remoteAddress: request.remoteAddress
            )
    }

    /// Names in lower case; repeated headers are joined with commas.
    private func joined(_ headers: [(name: String, value: String)]) -> [(key: String, value: String)] {
        headers.map { (name: $0.name.lowercased(), value: $0.value) }.grouped()
            .map { (key: $0.key, value: $0.value.joined(separator: ",")) }
    }

    /// Writes the body as text if its content type is textual and its bytes are valid UTF-8, otherwise as base64; that
    /// includes a body without a content type.
    ///
    /// - Returns: Whether it is base64.
    private func writeBody(of request: IncomingRequest, to json: inout JSONWriter, nullIfEmpty: Bool) -> Bool {
        guard request.body.readableBytes > 0 else {
            if nullIfEmpty { json.nullField("body") }
            return false
        }
        let type = request.headers.first(name: "content-type")?.lowercased() ?? ""
        let texts = ["text/", "application/json", "application/javascript", "application/xml"]
        if texts.contains(where: type.hasPrefix),
            request.body.isUTF8
        {
            json.field("body", text: request.body)
            return false
        }
        json.field("body", Data(request.body.readableBytesView).base64EncodedString())
        return true
    }
}
