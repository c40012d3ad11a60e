/// What becomes of a function's asynchronous invocations: `EventInvokeConfig` and the dead-letter queue.
///
/// docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
public struct AsynchronousSettings: Sendable, Hashable {
    /// 0 to 2, after the first attempt.
    public var maximumRetryAttempts = 2
    /// Seconds, 60 to 21,600.
    public var maximumEventAge = 21_600
    /// ARNs of queues or functions of the template.
    public var onSuccess: String?
    public var onFailure: String?
    /// The ARN of a queue of the template.
    public var deadLetterTarget: String?

    public init() {}
}

/// `AWS::Lambda::EventSourceMapping` of a queue, or a SAM function's `SQS` event.
///
/// docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
public struct EventSourceMapping: Sendable, Hashable {
    public var logicalID: String
    /// The queue's ARN.
    public var queue: String
    /// The function's logical id.
    public var function: String
    public var batchSize = 10
    /// Seconds, 0 to 300.
    public var maximumBatchingWindow = 0
    public var reportsBatchItemFailures = false
    /// 2 to 1,000; nil where only the function's own limit counts.
    public var maximumConcurrency: Int?
    public var isEnabled = true

    public init(logicalID: String, queue: String, function: String) {
        self.logicalID = logicalID
        self.queue = queue
        self.function = function
    }
}

/// `AWS::Events::Rule` with a schedule, `AWS::Scheduler::Schedule`, or a SAM function's `Schedule` or `ScheduleV2`.
public struct ScheduleResource: Sendable, Hashable {
    public enum Service: Sendable, Hashable {
        /// EventBridge's rules: the event is a `Scheduled Event`, unless the input replaces it.
        case events
        /// EventBridge Scheduler: the input as it stands, with `<aws.scheduler.…>` replaced.
        case scheduler
    }

    public var logicalID: String
    public var service: Service
    public var name: String
    /// The rule's or the schedule's.
    public var arn: String
    /// `rate(5 minutes)`, `cron(0 12 * * ? *)`, `at(2026-01-01T00:00:00)`.
    public var expression: String
    /// Such as `Europe/Berlin`; UTC by default, and always for rules.
    public var timeZone = "UTC"
    public var input: String?
    /// The ARN of a function or queue of the template.
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
