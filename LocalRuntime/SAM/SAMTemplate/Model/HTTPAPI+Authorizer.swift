extension HTTPAPI {
    public enum Authorizer: Sendable, Hashable {
        case jwt(JWT)
        case request(Request)

        public struct JWT: Sendable, Hashable {
            public var name: String
            public var issuer: String
            public var audience: [String]
            /// `$request.header.Authorization` by default.
            public var identitySource: String
            /// A token must have one of these; an empty list allows any token.
            public var scopes: [String]

            public init(name: String, issuer: String, audience: [String], identitySource: String, scopes: [String]) {
                self.name = name
                self.issuer = issuer
                self.audience = audience
                self.identitySource = identitySource
                self.scopes = scopes
            }
        }

        public struct Request: Sendable, Hashable {
            public var name: String
            /// The function's logical id.
            public var function: String
            public var identitySources: [String]
            /// `2.0` or `1.0`.
            public var payloadFormatVersion: String
            public var enablesSimpleResponses: Bool
            /// Seconds; 0 disables caching.
            public var resultTimeToLive: Int

            public init(
                name: String,
                function: String,
                identitySources: [String],
                payloadFormatVersion: String,
                enablesSimpleResponses: Bool,
                resultTimeToLive: Int
            ) {
                self.name = name
                self.function = function
                self.identitySources = identitySources
                self.payloadFormatVersion = payloadFormatVersion
                self.enablesSimpleResponses = enablesSimpleResponses
                self.resultTimeToLive = resultTimeToLive
            }
        }
    }
}
