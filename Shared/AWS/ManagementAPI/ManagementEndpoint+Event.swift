import ChatCore
public import Connections

extension ManagementEndpoint {
    /// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`, which AWS's own SDKs honour too; nil if it is not set.
    public static let environmentOverride = Environment.process["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]

    /// Where the connections of the API are that an event came from, unless another place is given.
    ///
    /// - Parameters:
    ///   - domainName: `requestContext.domainName`.
    ///   - stage: `requestContext.stage`.
    ///   - override: A URL that includes the stage.
    public init(domainName: String, stage: String, override: String? = environmentOverride) {
        if let override, !override.isEmpty {
            self.init(url: override.hasSuffix("/") ? String(override.dropLast()) : override)
        } else {
            self.init(url: "https://\(domainName)/\(stage)")
        }
    }
}
