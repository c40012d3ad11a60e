/// The account, the stack and the parameter values that a template is resolved with.
public struct ResolutionSettings: Sendable {
    /// An API, for choosing its address.
    public struct APIReference: Sendable, Hashable {
        public var logicalID: String
        public var isWebSocket: Bool
        /// Whether it is the first API of its protocol.
        public var isFirst: Bool
    }

    /// Parameter values, which override the template's defaults. Lists are separated by commas.
    public var parameters: [String: String] = [:]
    public var partition = "aws"
    public var region = "us-east-1"
    public var accountID = "123456789012"
    public var stackName = "local"

    /// Host, port and path prefix of an API, without scheme and stage.
    ///
    /// In resolved strings it replaces `{apiID}.execute-api.{region}.amazonaws.com`, and `http` and `ws` replace `https`
    /// and `wss`, so that URLs which a template passes to functions work locally.
    public var apiAddress: @Sendable (APIReference) -> String = { api in
        api.isFirst ? "127.0.0.1:3000" : "127.0.0.1:3000/\(api.logicalID)"
    }

    /// The base URL of the AWS services, without a trailing slash; the URLs of queues begin with it.
    public var servicesURL = "http://127.0.0.1:3001"

    public init() {}

    var urlSuffix: String {
        switch partition {
        case "aws-cn": "amazonaws.com.cn"
        default: "amazonaws.com"
        }
    }

    var stackID: String { stackID(named: stackName) }

    func stackID(named name: String) -> String {
        arn(of: "cloudformation", "stack/\(name)/00000000-0000-0000-0000-000000000000")
    }

    func arn(of service: String, _ resource: String) -> String {
        "arn:\(partition):\(service):\(region):\(accountID):\(resource)"
    }
}
