/// What a template is resolved with: what CloudFormation knows from the account, the stack and its parameters.
public struct ResolutionSettings: Sendable {
    /// An API of the template, as far as its address depends on it.
    public struct APIReference: Sendable, Hashable {
        public var logicalID: String
        public var isWebSocket: Bool
        /// Whether it is the template's first of its protocol.
        public var isFirst: Bool
    }

    /// Values that win over the template's defaults, by parameter name. Lists are separated by commas.
    public var parameters: [String: String] = [:]
    public var partition = "aws"
    public var region = "us-east-1"
    public var accountID = "123456789012"
    public var stackName = "local"

    /// Host, port and path prefix under which an API is reached, without a scheme and without its stage.
    ///
    /// Every resolved string that holds `{apiID}.execute-api.{region}.amazonaws.com` gets this instead, and `http` and
    /// `ws` instead of `https` and `wss`, so that addresses that a template makes for functions work here.
    public var apiAddress: @Sendable (APIReference) -> String = { api in
        api.isFirst ? "127.0.0.1:3000" : "127.0.0.1:3000/\(api.logicalID)"
    }

    /// Where functions reach the AWS services, without a slash at the end; queues' URLs begin with it.
    public var servicesURL = "http://127.0.0.1:3001"

    public init() {}

    var urlSuffix: String {
        switch partition {
        case "aws-cn": "amazonaws.com.cn"
        default: "amazonaws.com"
        }
    }

    var stackID: String { arn(of: "cloudformation", "stack/\(stackName)/00000000-0000-0000-0000-000000000000") }

    func arn(of service: String, _ resource: String) -> String {
        "arn:\(partition):\(service):\(region):\(accountID):\(resource)"
    }
}
