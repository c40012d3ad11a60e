/// The event that CloudFormation sends to the function of a custom resource.
///
/// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html>.
public struct CustomResourceEvent: Codable, Sendable {
    public enum RequestType: String, Codable, Sendable {
        case create = "Create"
        case update = "Update"
        case delete = "Delete"
    }

    public var requestType: RequestType
    /// A presigned URL that accepts one `PUT` of a ``CustomResourceResponse``.
    public var responseURL: String
    public var stackId: String
    public var requestId: String
    public var resourceType: String
    public var logicalResourceId: String
    /// Absent in a `Create`.
    public var physicalResourceId: String?

    public init(
        requestType: RequestType,
        responseURL: String,
        stackId: String,
        requestId: String,
        resourceType: String,
        logicalResourceId: String,
        physicalResourceId: String? = nil
    ) {
        self.requestType = requestType
        self.responseURL = responseURL
        self.stackId = stackId
        self.requestId = requestId
        self.resourceType = resourceType
        self.logicalResourceId = logicalResourceId
        self.physicalResourceId = physicalResourceId
    }

    private enum CodingKeys: String, CodingKey {
        case requestType = "RequestType"
        case responseURL = "ResponseURL"
        case stackId = "StackId"
        case requestId = "RequestId"
        case resourceType = "ResourceType"
        case logicalResourceId = "LogicalResourceId"
        case physicalResourceId = "PhysicalResourceId"
    }
}

/// The response that CloudFormation expects at ``CustomResourceEvent/responseURL``, at most 4 KB. Without it the stack
/// operation hangs for an hour.
///
/// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>.
public struct CustomResourceResponse: Encodable, Sendable, Equatable {
    public enum Status: String, Encodable, Sendable {
        case success = "SUCCESS"
        case failed = "FAILED"
    }

    public var status: Status
    /// Required if the status is `FAILED`.
    public var reason: String?
    public var physicalResourceId: String
    public var stackId: String
    public var requestId: String
    public var logicalResourceId: String

    public init(to event: CustomResourceEvent, status: Status, reason: String? = nil, physicalResourceId: String) {
        self.status = status
        self.reason = reason
        self.physicalResourceId = physicalResourceId
        stackId = event.stackId
        requestId = event.requestId
        logicalResourceId = event.logicalResourceId
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case reason = "Reason"
        case physicalResourceId = "PhysicalResourceId"
        case stackId = "StackId"
        case requestId = "RequestId"
        case logicalResourceId = "LogicalResourceId"
    }
}
