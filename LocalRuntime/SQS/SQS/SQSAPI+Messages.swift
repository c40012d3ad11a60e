extension SQSAPI {
    /// Bytes that the messages of one batch may have together.
    private static let batchLimit = 1_048_576

    // MARK: Sending

    func send(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let draft = try parameters.draft(for: await queue.settings)
        let sent = try await attempt { try await queue.send([draft]) }
        guard let message = sent.first else { throw .internalFailure }
        return SendMessageOutput(message, draft)
    }

    func sendBatch(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let settings = await queue.settings
        var output = BatchOutput<SentEntry>(element: "SendMessageBatchResultEntry")
        var accepted: [(id: String, draft: Queue.Draft)] = []
        let entries = try parameters.entries()
        // Unlike other faults of an entry, a missing id of a FIFO queue fails the whole call.
        for (_, entry) in entries { try entry.requireOrdering(settings, isEntry: true) }
        for (id, entry) in entries {
            do throws(SQSError) {
                accepted.append((id, try entry.draft(for: settings)))
            } catch {
                output.failed.append(BatchFailure(id: id, error: error))
            }
        }
        let drafts = accepted.map(\.draft)
        let size = drafts.reduce(0) { $0 + $1.size }
        guard size <= Self.batchLimit else { throw .batchTooLong(size, limit: Self.batchLimit) }
        let sent = try await attempt { try await queue.send(drafts) }
        output.successful = zip(accepted, sent).map { entry, message in
            SentEntry(id: entry.id, output: SendMessageOutput(message, entry.draft))
        }
        return output
    }

    // MARK: Receiving

    func receive(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let maximum = try parameters.integer("MaxNumberOfMessages", in: 1...10) ?? 1
        let wait = try parameters.integer("WaitTimeSeconds", in: 0...20)
        let timeout = try parameters.integer("VisibilityTimeout", in: 0...43_200)
        let systemNames = try parameters.strings("AttributeNames") + parameters.strings("MessageSystemAttributeNames")
        let names = try parameters.strings("MessageAttributeNames")
        let id = try parameters.identifier("ReceiveRequestAttemptId")
        let messages = try await attempt {
            try await queue.receive(maximum, wait: wait, visibilityTimeout: timeout, attempt: id)
        }
        return ReceiveMessageOutput(messages: messages.map { Self.message($0, systemNames, names) })
    }

    private static func message(
        _ received: Queue.Received,
        _ systemNames: [String],
        _ names: [String]
    ) -> ReceiveMessageOutput.Message {
        let message = received.message
        let attributes = message.attributes.filter { attribute in
            names.contains { name in
                if ["All", ".*", "*", attribute.name].contains(name) { return true }
                return name.hasSuffix(".*") && attribute.name.hasPrefix(name.dropLast(2))
            }
        }
        return ReceiveMessageOutput.Message(
            id: message.id,
            receiptHandle: received.receiptHandle,
            body: message.body,
            bodyDigest: message.bodyDigest,
            systemAttributes: received.systemAttributes.filter { attribute in
                systemNames.contains("All") || systemNames.contains(attribute.key)
            },
            attributes: attributes.map { ($0.name, ReceiveMessageOutput.AttributeValue(attribute: $0)) },
            attributesDigest: attributes.isEmpty ? nil : MessageDigest.md5(of: attributes)
        )
    }

    // MARK: Receipt handles

    func delete(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let handle = try parameters.requiredString("ReceiptHandle")
        try await attempt { try await queue.delete(handle) }
        return EmptyOutput()
    }

    func deleteBatch(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        return try await each(parameters, "DeleteMessageBatchResultEntry") { entry throws(SQSError) in
            let handle = try entry.requiredString("ReceiptHandle")
            try await attempt { try await queue.delete(handle) }
        }
    }

    func changeVisibility(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        try await changeVisibility(parameters, in: try queue(parameters))
        return EmptyOutput()
    }

    func changeVisibilityBatch(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        return try await each(parameters, "ChangeMessageVisibilityBatchResultEntry") { entry throws(SQSError) in
            try await changeVisibility(entry, in: queue)
        }
    }

    private func changeVisibility(_ entry: SQSParameters, in queue: Queue) async throws(SQSError) {
        let handle = try entry.requiredString("ReceiptHandle")
        guard let timeout = try entry.integer("VisibilityTimeout", in: 0...43_200) else {
            throw .missing("VisibilityTimeout")
        }
        try await attempt { try await queue.changeVisibility(handle, timeout: timeout) }
    }

    /// Performs an operation on every entry of a batch; a failed entry does not affect the others.
    private func each(
        _ parameters: SQSParameters,
        _ element: String,
        _ body: (SQSParameters) async throws(SQSError) -> Void
    ) async throws(SQSError) -> BatchOutput<CompletedEntry> {
        var output = BatchOutput<CompletedEntry>(element: element)
        for (id, entry) in try parameters.entries() {
            do throws(SQSError) {
                try await body(entry)
                output.successful.append(CompletedEntry(id: id))
            } catch {
                output.failed.append(BatchFailure(id: id, error: error))
            }
        }
        return output
    }
}

extension Queue.Received {
    /// The message's system attributes, in order of their names.
    public var systemAttributes: [(key: String, value: String)] {
        var attributes = [
            (key: "ApproximateFirstReceiveTimestamp", value: "\(stored.firstReceivedAt ?? 0)"),
            (key: "ApproximateReceiveCount", value: "\(stored.receiveCount)"),
            (key: "SenderId", value: Self.senderID),
            (key: "SentTimestamp", value: "\(message.sentAt)"),
        ]
        if let header = message.traceHeader { attributes.append(("AWSTraceHeader", header)) }
        if let source = message.deadLetterSource { attributes.append(("DeadLetterQueueSourceArn", source)) }
        if let group = message.groupID { attributes.append(("MessageGroupId", group)) }
        if let id = message.deduplicationID {
            attributes.append(("MessageDeduplicationId", id))
            attributes.append(("SequenceNumber", stored.sequenceNumber))
        }
        return attributes.sorted { $0.key < $1.key }
    }

    /// The same for every sender.
    private static var senderID: String { "AIDALOCALRUNTIME00000" }
}
