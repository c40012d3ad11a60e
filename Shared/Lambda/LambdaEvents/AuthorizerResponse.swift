/// What a Lambda authorizer answers: who the caller is and what the caller may invoke.
///
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>. Together
/// with the context it may have 8 KB.
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
    /// Handed to every later event of the connection.
    public var context: [String: String]

    public init(principalId: String, policyDocument: PolicyDocument, context: [String: String]) {
        self.principalId = principalId
        self.policyDocument = policyDocument
        self.context = context
    }

    /// Lets the caller invoke what it asked for.
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
