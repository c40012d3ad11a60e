public import ChatCore
public import Connections

extension WebSocketEvent {
    /// Where the connections of the API are that this event came from.
    public var managementEndpoint: ManagementEndpoint {
        ManagementEndpoint(domainName: requestContext.domainName, stage: requestContext.stage)
    }
}
