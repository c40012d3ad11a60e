public import ChatCore
public import Connections

extension ManagementEndpoint {
    /// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`, which the AWS SDKs use too; nil if it is not set.
    public static let environmentOverride = Environment.process["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]

    /// The management endpoint of the API that an event came from.
    ///
    /// - Parameters:
    ///   - domainName: `requestContext.domainName`.
    ///   - stage: `requestContext.stage`.
    ///   - override: A URL to use instead, including the stage.
    public init(domainName: String, stage: String, override: String? = environmentOverride) {
        if let override, !override.isEmpty {
            self.init(url: override.hasSuffix("/") ? String(override.dropLast()) : override)
        } else {
            self.init(url: "https://\(domainName)/\(stage)")
        }
    }

    /// The management endpoint of the API that an event came from.
    public init(of event: WebSocketEvent) {
        self.init(domainName: event.requestContext.domainName, stage: event.requestContext.stage)
    }
}
