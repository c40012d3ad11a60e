/// Reads `AWS::SQS::Queue`.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
struct QueueReader {
    let resolver: Resolver

    func read(into queues: inout [QueueResource]) throws(TemplateError) {
        for resource in try resolver.deployedResources() where resource.type == "AWS::SQS::Queue" {
            let queue = try self.queue(resource)
            if let other = queues.first(where: { $0.name == queue.name }) {
                let message =
                    "\(other.logicalID) and \(queue.logicalID) have the same name, \(queue.name); "
                    + "set a different QueueName."
                let path = resource.path / "Properties" / "QueueName"
                throw TemplateError(.conflict, message, path: "\(path)", line: resource.line)
            }
            queues.append(queue)
        }
    }

    private func queue(_ resource: Resource) throws(TemplateError) -> QueueResource {
        let properties = Properties(of: resource, resolver: resolver)
        let physical = PhysicalResource(resource, resolver: resolver)
        var queue = QueueResource(
            logicalID: resource.qualifiedID,
            name: try physical.attribute("QueueName", at: properties.path, line: resource.line),
            arn: try physical.attribute("Arn", at: properties.path, line: resource.line)
        )
        queue.isFIFO = try properties.boolean("FifoQueue")
        try checkName(queue, properties)
        queue.deduplicatesByContent = try properties.boolean("ContentBasedDeduplication")
        if queue.deduplicatesByContent, !queue.isFIFO {
            throw properties.error("Deduplication requires a FIFO queue.", at: "ContentBasedDeduplication")
        }
        queue.deduplicatesByGroup = try deduplicatesByGroup(queue, properties)
        queue.visibilityTimeout = try properties.integer("VisibilityTimeout", in: 0...43_200) ?? queue.visibilityTimeout
        queue.retentionPeriod =
            try properties.integer("MessageRetentionPeriod", in: 60...1_209_600) ?? queue.retentionPeriod
        queue.delay = try properties.integer("DelaySeconds", in: 0...900) ?? queue.delay
        queue.receiveWaitTime =
            try properties.integer("ReceiveMessageWaitTimeSeconds", in: 0...20) ?? queue.receiveWaitTime
        queue.maximumMessageSize =
            try properties.integer("MaximumMessageSize", in: 1_024...1_048_576) ?? queue.maximumMessageSize
        queue.redrivePolicy = try redrivePolicy(properties)
        properties.note([("RedriveAllowPolicy", "every queue may use this dead-letter queue.")])
        return queue
    }

    private func deduplicatesByGroup(
        _ queue: QueueResource,
        _ properties: Properties
    ) throws(TemplateError) -> Bool {
        guard let scope = try properties.string("DeduplicationScope") else { return false }
        guard queue.isFIFO, ["messageGroup", "queue"].contains(scope) else {
            throw properties.error(
                "DeduplicationScope is messageGroup or queue, and requires a FIFO queue.",
                at: "DeduplicationScope"
            )
        }
        return scope == "messageGroup"
    }

    private func checkName(_ queue: QueueResource, _ properties: Properties) throws(TemplateError) {
        guard queue.name.hasSuffix(".fifo") == queue.isFIFO else {
            let message =
                queue.isFIFO
                ? "The name of a FIFO queue ends with .fifo."
                : "Only a FIFO queue's name ends with .fifo; set FifoQueue to true."
            throw properties.error(message, at: "QueueName")
        }
        let name = queue.isFIFO ? queue.name.dropLast(5) : queue.name[...]
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isValid, (1...80).contains(queue.name.utf8.count) else {
            let message = "A queue's name must have 1 to 80 letters, digits, dashes and underscores: “\(queue.name)”."
            throw properties.error(message, at: "QueueName")
        }
    }

    /// The policy, from a map or the JSON text of one.
    private func redrivePolicy(_ queue: Properties) throws(TemplateError) -> QueueResource.RedrivePolicy? {
        guard let value = try queue.value("RedrivePolicy") else { return nil }
        var policy = try value.text == nil ? queue.map("RedrivePolicy") : nil
        if let text = value.text {
            let path = queue.path / "RedrivePolicy"
            let fields = try TemplateSyntax.parse(text).map
            policy = fields.map { Properties($0, resolver: resolver, resource: queue.resource, path: path) }
        }
        guard let policy else {
            throw queue.error("RedrivePolicy must be a map or the JSON text of one.", at: "RedrivePolicy")
        }
        guard let maximum = try policy.integer("maxReceiveCount", in: 1...1_000) else {
            throw policy.error("A redrive policy needs maxReceiveCount.")
        }
        return QueueResource.RedrivePolicy(
            deadLetterTarget: try policy.requiredString("deadLetterTargetArn"),
            maximumReceiveCount: maximum
        )
    }

    /// Checks the redrive policies of the stack's queues, once all queues are known.
    func checkRedrive(_ queues: [QueueResource]) throws(TemplateError) {
        for queue in queues {
            guard let policy = queue.redrivePolicy, let resource = resolver.resource(qualifiedID: queue.logicalID)
            else { continue }
            guard let target = queues.first(where: { $0.arn == policy.deadLetterTarget }) else {
                let detail =
                    "RedrivePolicy: \(policy.deadLetterTarget) is not a queue of these templates; messages stay in this queue."
                resolver.note(resource, detail)
                continue
            }
            guard target.isFIFO == queue.isFIFO else {
                let message = "A FIFO queue requires a FIFO dead-letter queue, and a standard queue a standard one."
                let path = resource.path / "Properties" / "RedrivePolicy"
                throw TemplateError(.invalid, message, path: "\(path)", line: resource.line)
            }
        }
    }
}
