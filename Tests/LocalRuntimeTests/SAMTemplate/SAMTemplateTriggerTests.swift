import SAMTemplate
import Testing

@Suite("Event sources of templates")
struct SAMTemplateTriggerTests {
    private static let queue = "arn:aws:sqs:us-east-1:123456789012:Jobs"
    private static let worker = "arn:aws:lambda:us-east-1:123456789012:function:Worker"

    /// A template with a function, two queues and the given resources.
    private func template(_ properties: String = "", _ resources: String = "") throws -> Application {
        try application(
            """
            Resources:
              Jobs: {Type: AWS::SQS::Queue}
              Orders: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
              Worker:
                Type: AWS::Serverless::Function
                Properties: {Handler: h, Runtime: provided\(properties.isEmpty ? "" : ", \(properties)")}
              Other: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided}}
            \(resources)
            """
        )
    }

    // MARK: Event source mappings

    @Test func anSQSEventIsAMapping() throws {
        let application = try template("Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}")
        let mapping = try #require(application.eventSourceMappings.first)
        #expect(mapping == EventSourceMapping(logicalID: "WorkerJobs", queue: Self.queue, function: "Worker"))
        #expect(mapping.batchSize == 10)
        #expect(mapping.isEnabled)
        #expect(application.unsupported == [])
    }

    @Test func aMappingFollowsItsProperties() throws {
        let application = try template(
            "",
            """
              Mapping:
                Type: AWS::Lambda::EventSourceMapping
                Properties:
                  EventSourceArn: !GetAtt Jobs.Arn
                  FunctionName: !Ref Other
                  BatchSize: 100
                  MaximumBatchingWindowInSeconds: 5
                  FunctionResponseTypes: [ReportBatchItemFailures]
                  ScalingConfig: {MaximumConcurrency: 2}
                  Enabled: false
                  FilterCriteria: {Filters: []}
            """
        )
        let mapping = try #require(application.eventSourceMappings.first)
        #expect(mapping.function == "Other")
        #expect(mapping.batchSize == 100)
        #expect(mapping.maximumBatchingWindow == 5)
        #expect(mapping.reportsBatchItemFailures)
        #expect(mapping.maximumConcurrency == 2)
        #expect(!mapping.isEnabled)
        #expect(application.unsupported.map(\.logicalID) == ["Mapping"])
    }

    @Test(arguments: [
        "Queue: !GetAtt Jobs.Arn, BatchSize: 11", "Queue: !GetAtt Jobs.Arn, BatchSize: 0",
        "Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [Everything]",
        "Queue: !GetAtt Jobs.Arn, ScalingConfig: {MaximumConcurrency: 1}",
        "Queue: !GetAtt Orders.Arn, MaximumBatchingWindowInSeconds: 1",
        "Queue: !GetAtt Orders.Arn, BatchSize: 20, MaximumBatchingWindowInSeconds: 0", "BatchSize: 1",
    ])
    func mappingPropertiesThatLambdaRejectsAreErrors(properties: String) {
        #expect(throws: TemplateError.self) { try template("Events: {E: {Type: SQS, Properties: {\(properties)}}}") }
    }

    @Test func aQueueOutsideTheTemplateIsNoted() throws {
        let application = try template("Events: {E: {Type: SQS, Properties: {Queue: arn:aws:sqs:us-east-1:1:theirs}}}")
        #expect(application.eventSourceMappings == [])
        #expect(application.unsupported.first?.detail?.contains("theirs") == true)
    }

    // MARK: Asynchronous invocations

    @Test func functionsAreRetriedTwiceByDefault() throws {
        let settings = try #require(try template().functions.first?.asynchronous)
        #expect(settings == AsynchronousSettings())
        #expect(settings.maximumRetryAttempts == 2)
        #expect(settings.maximumEventAge == 21_600)
    }

    @Test func serverlessFunctionsConfigureRetriesAndDestinations() throws {
        let application = try template(
            """
            DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Jobs.Arn}, EventInvokeConfig: {MaximumRetryAttempts: 0, \
            MaximumEventAgeInSeconds: 60, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Jobs.Arn}, \
            OnSuccess: {Type: Lambda, Destination: !GetAtt Other.Arn}}}
            """
        )
        let settings = try #require(application.functions.first?.asynchronous)
        #expect(settings.maximumRetryAttempts == 0)
        #expect(settings.maximumEventAge == 60)
        #expect(settings.deadLetterTarget == Self.queue)
        #expect(settings.onFailure == Self.queue)
        #expect(settings.onSuccess == "arn:aws:lambda:us-east-1:123456789012:function:Other")
        #expect(application.unsupported == [])
    }

    @Test func anEventInvokeConfigAppliesToItsFunction() throws {
        let application = try template(
            "",
            """
              Configuration:
                Type: AWS::Lambda::EventInvokeConfig
                Properties:
                  FunctionName: !Ref Worker
                  Qualifier: $LATEST
                  MaximumRetryAttempts: 1
                  DestinationConfig: {OnFailure: {Destination: !GetAtt Jobs.Arn}}
            """
        )
        #expect(application.functions.first?.asynchronous.maximumRetryAttempts == 1)
        #expect(application.functions.first?.asynchronous.onFailure == Self.queue)
    }

    // MARK: Schedules

    @Test func schedulesOfAFunctionAreRead() throws {
        let application = try template(
            """
            Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute), Input: '{"a":1}'}}, \
            Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: "cron(0 12 * * ? *)", State: DISABLED, \
            ScheduleExpressionTimezone: Europe/Berlin, FlexibleTimeWindow: {Mode: "OFF"}}}}
            """
        )
        let schedules = application.schedules
        #expect(schedules.map(\.logicalID) == ["WorkerTick", "WorkerTock"])
        #expect(schedules.map(\.service) == [.events, .scheduler])
        #expect(schedules.map(\.expression) == ["rate(1 minute)", "cron(0 12 * * ? *)"])
        #expect(schedules.map(\.input) == [#"{"a":1}"#, nil])
        #expect(schedules.map(\.timeZone) == ["UTC", "Europe/Berlin"])
        #expect(schedules.map(\.isEnabled) == [true, false])
        #expect(schedules.allSatisfy { $0.target == Self.worker })
        #expect(schedules[0].arn == "arn:aws:events:us-east-1:123456789012:rule/WorkerTick")
        #expect(schedules[1].arn == "arn:aws:scheduler:us-east-1:123456789012:schedule/default/WorkerTock")
        #expect(application.unsupported == [])
    }

    @Test func rulesAndSchedulesInvokeTheirTargets() throws {
        let application = try template(
            "",
            """
              Rule:
                Type: AWS::Events::Rule
                Properties:
                  ScheduleExpression: rate(2 hours)
                  Targets: [{Id: a, Arn: !GetAtt Worker.Arn}, {Id: b, Arn: !GetAtt Jobs.Arn}, {Id: c, Arn: theirs}]
              Waiting:
                Type: AWS::Events::Rule
                Properties: {EventPattern: {source: [x]}, Targets: [{Id: a, Arn: !GetAtt Worker.Arn}]}
              Once:
                Type: AWS::Scheduler::Schedule
                Properties:
                  Name: once
                  ScheduleExpression: at(2030-01-01T00:00:00)
                  FlexibleTimeWindow: {Mode: "OFF"}
                  Target: {Arn: !GetAtt Worker.Arn, RoleArn: x, Input: hello}
            """
        )
        #expect(application.schedules.map(\.target) == [Self.worker, Self.queue, Self.worker])
        #expect(application.schedules.map(\.name) == ["Rule", "Rule", "once"])
        #expect(application.unsupported.map(\.logicalID) == ["Rule", "Waiting"])
    }

    @Test func anInvalidScheduleExpressionIsAnError() {
        #expect(throws: TemplateError.self) {
            try template("Events: {Tick: {Type: Schedule, Properties: {Schedule: every minute}}}")
        }
    }
}
