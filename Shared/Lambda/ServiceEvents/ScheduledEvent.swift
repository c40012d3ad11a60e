/// The event of an EventBridge schedule.
///
/// See <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>.
public struct ScheduledEvent: Codable, Sendable {
    public var version: String?
    public var id: String
    public var detailType: String
    public var source: String
    public var account: String?
    /// ISO 8601, in UTC.
    public var time: String
    public var region: String?
    /// The ARN of the rule.
    public var resources: [String]?

    public init(
        version: String? = "0",
        id: String,
        detailType: String = "Scheduled Event",
        source: String = "aws.events",
        account: String? = nil,
        time: String,
        region: String? = nil,
        resources: [String]? = nil
    ) {
        self.version = version
        self.id = id
        self.detailType = detailType
        self.source = source
        self.account = account
        self.time = time
        self.region = region
        self.resources = resources
    }

    private enum CodingKeys: String, CodingKey {
        case version, id, source, account, time, region, resources
        case detailType = "detail-type"
    }
}
