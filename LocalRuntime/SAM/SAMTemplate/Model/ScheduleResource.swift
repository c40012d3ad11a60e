/// `AWS::Events::Rule` with a schedule, `AWS::Scheduler::Schedule`, or a SAM function's `Schedule` or `ScheduleV2`.
public struct ScheduleResource: Sendable, Hashable {
    public enum Service: Sendable, Hashable {
        /// An EventBridge rule: the event is a `Scheduled Event`, unless the input replaces it.
        case events
        /// EventBridge Scheduler: the event is the input, with `<aws.scheduler.…>` replaced.
        case scheduler
    }

    public var logicalID: String
    public var service: Service
    public var name: String
    /// The ARN of the rule or the schedule.
    public var arn: String
    /// `rate(5 minutes)`, `cron(0 12 * * ? *)`, `at(2026-01-01T00:00:00)`.
    public var expression: String
    /// For instance `Europe/Berlin`; always UTC for rules.
    public var timeZone = "UTC"
    public var input: String?
    /// The ARN of a function or a queue of the application.
    public var target: String
    public var isEnabled = true

    public init(
        logicalID: String,
        service: Service,
        name: String,
        arn: String,
        expression: String,
        target: String
    ) {
        self.logicalID = logicalID
        self.service = service
        self.name = name
        self.arn = arn
        self.expression = expression
        self.target = target
    }
}
