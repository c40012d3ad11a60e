import ByteEncodings
import FoundationEssentials
public import LambdaEvents

/// 2100-01-01T00:00:00Z, in seconds since 1970.
public let farFuture: Int64 = 4_102_444_800

/// A token without a signature, whose claims and header are JSON.
public func unsignedToken(_ claims: String, header: String = #"{"alg":"RS256"}"#) -> String {
    [header, claims, "signature"].map { String(decoding: Base64URL.encode($0.utf8), as: UTF8.self) }
        .joined(separator: ".")
}

extension WebSocketEvent {
    /// A message on the connection of a user, or on an unauthenticated one.
    ///
    /// - Parameter expiry: When the token that opened the connection expires, in seconds since 1970.
    public static func message(
        _ body: String?,
        from user: String? = "alice",
        on connection: String = "IU3kkeN4IAMCJwA=",
        expiry: Int64 = farFuture,
        isBase64Encoded: Bool = false
    ) -> WebSocketEvent {
        WebSocketEvent(
            requestContext: .test("$default", .message, user: user, connection: connection, expiry: expiry),
            body: body,
            isBase64Encoded: isBase64Encoded
        )
    }

    public static func connect(by user: String?, on connection: String = "IU3kkeN4IAMCJwA=") -> WebSocketEvent {
        WebSocketEvent(requestContext: .test("$connect", .connect, user: user, connection: connection))
    }

    public static func disconnect(by user: String?, on connection: String = "IU3kkeN4IAMCJwA=") -> WebSocketEvent {
        WebSocketEvent(requestContext: .test("$disconnect", .disconnect, user: user, connection: connection))
    }
}

extension WebSocketEvent.RequestContext {
    public static func test(
        _ routeKey: String,
        _ eventType: WebSocketEvent.EventType,
        user: String? = nil,
        connection: String = "IU3kkeN4IAMCJwA=",
        expiry: Int64 = farFuture
    ) -> WebSocketEvent.RequestContext {
        WebSocketEvent.RequestContext(
            routeKey: routeKey,
            eventType: eventType,
            extendedRequestId: "IU3kkGyEoAMFwZQ=",
            requestTime: "19/Jul/2023:19:28:16 +0000",
            stage: "live",
            connectedAt: 1_689_794_896_145,
            requestTimeEpoch: 1_689_794_896_162,
            identity: .init(sourceIp: "203.0.113.10"),
            requestId: "IU3kkGyEoAMFwZQ=",
            domainName: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            connectionId: connection,
            apiId: "a1b2c3d4e5",
            authorizer: user.map { ["principalId": $0, "userId": $0, "exp": "\(expiry)"] }
        )
    }
}

extension HTTPEvent {
    /// A request with the token of a user, or without a token.
    public static func request(
        _ routeKey: String,
        from user: String? = "alice",
        path: [String: String] = [:],
        query: [String: String] = [:],
        body: String? = nil,
        isBase64Encoded: Bool = false
    ) -> HTTPEvent {
        let parts = routeKey.split(separator: " ")
        let rawPath = path.reduce(String(parts[1])) { $0.replacing("{\($1.key)}", with: $1.value) }
        return HTTPEvent(
            routeKey: routeKey,
            rawPath: rawPath,
            rawQueryString: query.map { "\($0.key)=\($0.value)" }.joined(separator: "&"),
            headers: user.map { ["authorization": "Bearer \(unsignedToken(#"{"sub":"\#($0)"}"#))"] } ?? [:],
            queryStringParameters: query.isEmpty ? nil : query,
            pathParameters: path.isEmpty ? nil : path,
            requestContext: RequestContext(
                accountId: "123456789012",
                apiId: "a1b2c3d4e5",
                authorizer: user.map { Authorizer(jwt: .init(claims: ["sub": $0])) },
                domainName: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
                domainPrefix: "a1b2c3d4e5",
                http: HTTP(method: String(parts[0]), path: rawPath, sourceIp: "203.0.113.10"),
                requestId: "JKJaXmPLvHcESHA=",
                routeKey: routeKey,
                time: "19/Jul/2023:19:28:16 +0000",
                timeEpoch: 1_689_794_896_162
            ),
            body: body,
            isBase64Encoded: isBase64Encoded
        )
    }
}
