/// Reads the sources of asynchronous invocations: event source mappings, schedules and storage events; and the settings of
/// asynchronous invocations.
struct TriggerReader {
    let resolver: Resolver
    let destinations: DestinationDirectory

    /// Whether this reader reads SAM events of the type.
    static func reads(eventType: String) -> Bool { ["S3", "SQS", "Schedule", "ScheduleV2"].contains(eventType) }

    func read(into application: inout Application) throws(TemplateError) {
        let asynchronous = AsynchronousSettingsReader(resolver: resolver, destinations: destinations)
        try asynchronous.read(into: &application.functions)
        let schedules = ScheduleReader(resolver: resolver, destinations: destinations)
        for resource in try resolver.deployedResources() {
            let properties = Properties(of: resource, resolver: resolver)
            switch resource.type {
            case "AWS::Lambda::EventSourceMapping":
                if let mapping = try mapping(properties) { application.eventSourceMappings.append(mapping) }
            case "AWS::Events::Rule":
                application.schedules += try schedules.rule(properties)
            case "AWS::Scheduler::Schedule":
                if let schedule = try schedules.schedule(properties) { application.schedules.append(schedule) }
            case "AWS::Serverless::Function":
                try readEvents(of: properties, schedules, into: &application)
            default:
                continue
            }
        }
        for index in application.buckets.indices { removeUnknownDestinations(from: &application.buckets[index]) }
    }

    // MARK: Events of SAM functions

    private func readEvents(
        of function: Properties,
        _ schedules: ScheduleReader,
        into application: inout Application
    ) throws(TemplateError) {
        guard let events = try function.map("Events") else { return }
        for name in events.names {
            guard let event = try events.map(name) else { continue }
            let type = try event.requiredString("Type")
            guard Self.reads(eventType: type) else { continue }
            guard let properties = try event.map("Properties") else { throw event.error("The event needs Properties.") }
            let id = function.resource.qualifiedID + name
            switch type {
            case "S3":
                try addNotification(properties, id: id, to: &application.buckets)
            case "SQS":
                let queue = try properties.requiredString("Queue")
                if let mapping = try mapping(properties, id: id, queue, function: function.resource.qualifiedID) {
                    application.eventSourceMappings.append(mapping)
                }
            default:
                application.schedules.append(try schedules.event(properties, id: id, isRule: type == "Schedule"))
            }
        }
    }

    private func addNotification(
        _ event: Properties,
        id: String,
        to buckets: inout [BucketResource]
    ) throws(TemplateError) {
        let name = try event.requiredString("Bucket")
        guard let index = buckets.firstIndex(where: { $0.name == name || $0.logicalID == name }) else {
            throw event.missing("Bucket must be the Ref of an AWS::S3::Bucket in this template.", at: "Bucket")
        }
        guard let function = destinations.arn(ofFunction: event.resource.qualifiedID) else { return }
        buckets[index].notifications.append(try BucketReader.rule(ofEvent: event, id: id, function: function))
    }

    /// Removes, and notes, notifications whose destination is not in the templates.
    private func removeUnknownDestinations(from bucket: inout BucketResource) {
        guard let resource = resolver.resource(qualifiedID: bucket.logicalID) else { return }
        bucket.notifications.removeAll { rule in
            guard destinations.queue(rule.destination) == nil, destinations.function(rule.destination) == nil else {
                return false
            }
            resolver.note(
                resource,
                "NotificationConfiguration: \(rule.destination) is neither a queue nor a function of these templates, "
                    + "so that no events are sent there."
            )
            return true
        }
        for index in bucket.notifications.indices {
            // Versions and aliases are not emulated: they stand for the function.
            if let function = destinations.function(bucket.notifications[index].destination) {
                bucket.notifications[index].destination = function.arn
            }
        }
    }

    // MARK: Event source mappings

    private func mapping(_ properties: Properties) throws(TemplateError) -> EventSourceMapping? {
        let name = try properties.requiredString("FunctionName")
        guard let function = destinations.function(name) else {
            resolver.note(properties.resource, "FunctionName: \(name) is not a function of these templates.")
            return nil
        }
        guard let source = try properties.string("EventSourceArn") else {
            resolver.note(properties.resource, "only queues are emulated as event sources.")
            return nil
        }
        return try mapping(properties, id: properties.resource.qualifiedID, source, function: function.logicalID)
    }

    private func mapping(
        _ properties: Properties,
        id: String,
        _ source: String,
        function: String
    ) throws(TemplateError) -> EventSourceMapping? {
        guard let queue = destinations.queue(source) else {
            let detail =
                "\(properties.path.insideProperties): \(source) is not a queue of these templates; the function receives no messages."
            resolver.note(properties.resource, detail)
            return nil
        }
        var mapping = EventSourceMapping(logicalID: id, queue: source, function: function)
        if let timeout = destinations.timeout(ofFunction: function), timeout > queue.visibilityTimeout {
            resolver.note(
                properties.resource,
                "\(properties.path.insideProperties): a deployment would fail, because the visibility timeout of "
                    + "\(queue.logicalID) (\(queue.visibilityTimeout) s) is less than the function's timeout "
                    + "(\(timeout) s)."
            )
        }
        mapping.maximumBatchingWindow = try properties.integer("MaximumBatchingWindowInSeconds", in: 0...300) ?? 0
        mapping.batchSize = try properties.integer("BatchSize", in: 1...10_000) ?? mapping.batchSize
        if queue.isFIFO, mapping.maximumBatchingWindow > 0 {
            throw properties.error("A FIFO queue cannot have a batching window.", at: "MaximumBatchingWindowInSeconds")
        }
        if mapping.batchSize > 10, queue.isFIFO || mapping.maximumBatchingWindow == 0 {
            let message =
                queue.isFIFO
                ? "A batch of a FIFO queue has 10 messages at most."
                : "A batch of more than 10 messages needs MaximumBatchingWindowInSeconds, at least 1."
            throw properties.error(message, at: "BatchSize")
        }
        for type in try properties.strings("FunctionResponseTypes") {
            guard type == "ReportBatchItemFailures" else {
                throw properties.error("The only type is ReportBatchItemFailures.", at: "FunctionResponseTypes")
            }
            mapping.reportsBatchItemFailures = true
        }
        mapping.maximumConcurrency =
            try properties.map("ScalingConfig")?.integer("MaximumConcurrency", in: 2...1_000)
        if try properties.value("Enabled") != nil { mapping.isEnabled = try properties.boolean("Enabled") }
        properties.note([
            ("FilterCriteria", "messages are not filtered."),
            ("ProvisionedPollerConfig", "pollers are started on demand."),
        ])
        return mapping
    }
}

/// Finds queues and functions as destinations of events.
struct DestinationDirectory {
    private let functions: [FunctionResource]
    private let directory: FunctionDirectory
    private let queues: [QueueResource]

    init(_ functions: [FunctionResource], _ queues: [QueueResource]) {
        self.functions = functions
        self.directory = FunctionDirectory(functions)
        self.queues = queues
    }

    func queue(_ arn: String) -> QueueResource? { queues.first { $0.arn == arn } }

    /// The function of that name or ARN, with or without a version or alias.
    func function(_ text: String) -> FunctionResource? {
        guard let logicalID = directory.logicalID(in: text) else { return nil }
        return functions.first { $0.logicalID == logicalID }
    }

    func arn(ofFunction logicalID: String) -> String? { functions.first { $0.logicalID == logicalID }?.arn }

    /// Seconds.
    func timeout(ofFunction logicalID: String) -> Int? { functions.first { $0.logicalID == logicalID }?.timeout }

    /// The ARN of the queue or function, without a version or alias; nil if it is neither.
    func arn(_ text: String) -> String? { queue(text)?.arn ?? function(text)?.arn }
}
