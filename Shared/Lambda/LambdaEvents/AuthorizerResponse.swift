/// The response of a Lambda authorizer: the caller's identity and what the caller may invoke. At most 8 KB.
///
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>.
public struct AuthorizerResponse: Encodable, Sendable, Equatable {
    public struct PolicyDocument: Encodable, Sendable, Equatable {
        public var version: String
        public var statement: [Statement]

        public init(version: String = "2012-10-17", statement: [Statement]) {
            self.version = version
            self.statement = statement
        }

        private enum CodingKeys: String, CodingKey {
            case version = "Version"
            case statement = "Statement"
        }
    }

    public struct Statement: Encodable, Sendable, Equatable {
        public enum Effect: String, Encodable, Sendable {
            case allow = "Allow"
            case deny = "Deny"
        }

        public var action: String
        public var effect: Effect
        public var resource: String

        public init(action: String, effect: Effect, resource: String) {
            self.action = action
            self.effect = effect
            self.resource = resource
        }

        private enum CodingKeys: String, CodingKey {
            case action = "Action"
            case effect = "Effect"
            case resource = "Resource"
        }
    }

    public var principalId: String
    public var policyDocument: PolicyDocument
    /// Included in every later event of the connection.
    public var context: [String: String]

    public init(principalId: String, policyDocument: PolicyDocument, context: [String: String]) {
        self.principalId = principalId
        self.policyDocument = policyDocument
        self.context = context
    }

    /// Allows the caller to invoke the requested method.
    public static func allow(_ principalId: String, toInvoke methodArn: String, context: [String: String]) -> Self {
        AuthorizerResponse(
            principalId: principalId,
            policyDocument: PolicyDocument(
                statement: [Statement(action: "execute-api:Invoke", effect: .allow, resource: methodArn)]
            ),
            context: context
        )
    }
}
