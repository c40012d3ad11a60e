import EmulatorCore
import FoundationEssentials

extension SQSAPI {
    /// Bytes that the messages of one batch may have together.
    private static let batchLimit = 1_048_576

    // MARK: Sending

    func send(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        let draft = try parameters.draft(for: await queue.settings)
        let results = try await attempt { try await queue.send([draft]) }
        return Self.object { json in
            if let result = results.first { Self.write(draft, result, to: &json) }
        }
    }

    func sendBatch(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        let settings = await queue.settings
        var accepted: [(id: String, draft: Queue.Draft)] = []
        var failed: [(id: String, error: SQSError)] = []
        var size = 0
        for (id, entry) in try parameters.entries() {
            do throws(SQSError) {
                let draft = try entry.draft(for: settings)
                size += draft.attributes.reduce(draft.body.utf8.count) { $0 + $1.size }
                accepted.append((id, draft))
            } catch {
                failed.append((id, error))
            }
        }
        guard size <= Self.batchLimit else { throw .batchTooLong(size, limit: Self.batchLimit) }
        let drafts = accepted.map(\.draft)
        let results = try await attempt { try await queue.send(drafts) }
        return Self.object { json in
            json.field("Successful", objects: Array(zip(accepted, results))) { json, pair in
                json.field("Id", pair.0.id)
                Self.write(pair.0.draft, pair.1, to: &json)
            }
            Self.write(failed, to: &json)
        }
    }

    private static func write(
        _ draft: Queue.Draft,
        _ result: (messageID: String, sequenceNumber: String?),
        to json: inout JSONWriter
    ) {
        json.field("MessageId", result.messageID)
        json.field("MD5OfMessageBody", Digest.md5(of: draft.body.utf8))
        if !draft.attributes.isEmpty { json.field("MD5OfMessageAttributes", Digest.md5(of: draft.attributes)) }
        if let header = draft.traceHeader {
            let attribute = MessageAttribute(name: "AWSTraceHeader", dataType: "String", value: .text(header))
            json.field("MD5OfMessageSystemAttributes", Digest.md5(of: [attribute]))
        }
        json.field("SequenceNumber", ifPresent: result.sequenceNumber)
    }

    // MARK: Receiving

    func receive(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        let maximum = try parameters.integer("MaxNumberOfMessages", in: 1...10) ?? 1
        let wait = try parameters.integer("WaitTimeSeconds", in: 0...20)
        let timeout = try parameters.integer("VisibilityTimeout", in: 0...43_200)
        let systemNames = try parameters.strings("AttributeNames") + parameters.strings("MessageSystemAttributeNames")
        let names = try parameters.strings("MessageAttributeNames")
        let messages = try await attempt {
            try await queue.receive(maximum, wait: wait, visibilityTimeout: timeout)
        }
        return Self.object { json in
            guard !messages.isEmpty else { return }
            json.field("Messages", objects: messages) { json, received in
                Self.write(received, systemNames, names, to: &json)
            }
        }
    }

    private static func write(
        _ received: Queue.Received,
        _ systemNames: [String],
        _ names: [String],
        to json: inout JSONWriter
    ) {
        let message = received.message
        json.field("MessageId", message.id)
        json.field("ReceiptHandle", received.receiptHandle)
        json.field("MD5OfBody", message.bodyDigest)
        json.field("Body", message.body)
        let system = received.systemAttributes.filter { systemNames.contains("All") || systemNames.contains($0.key) }
        if !system.isEmpty { json.field("Attributes", system) }
        let attributes = message.attributes.filter { attribute in
            names.contains { name in
                if name == "All" || name == ".*" || name == attribute.name { return true }
                return name.hasSuffix(".*") && attribute.name.hasPrefix(name.dropLast(2))
            }
        }
        guard !attributes.isEmpty else { return }
        json.field("MD5OfMessageAttributes", Digest.md5(of: attributes))
        json.field("MessageAttributes") { json in
            json.object { json in
                for attribute in attributes {
                    json.field(attribute.name) { json in
                        json.object { json in
                            switch attribute.value {
                            case .text(let text): json.field("StringValue", text)
                            case .binary(let bytes):
                                json.field("BinaryValue", Data(bytes).base64EncodedString())
                            }
                            json.field("DataType", attribute.dataType)
                        }
                    }
                }
            }
        }
    }

    // MARK: What receivers do

    func delete(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        let handle = try parameters.requiredString("ReceiptHandle")
        try await attempt { try await queue.delete(handle) }
        return Self.object()
    }

    func deleteBatch(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        return try await each(parameters) { entry throws(SQSError) in
            let handle = try entry.requiredString("ReceiptHandle")
            try await attempt { try await queue.delete(handle) }
        }
    }

    func changeVisibility(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        try await changeVisibility(parameters, in: try queue(parameters))
        return Self.object()
    }

    func changeVisibilityBatch(_ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        let queue = try queue(parameters)
        return try await each(parameters) { entry throws(SQSError) in
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

    /// Does the same to every entry of a batch; one that fails keeps no other from succeeding.
    private func each(
        _ parameters: SQSParameters,
        _ body: (SQSParameters) async throws(SQSError) -> Void
    ) async throws(SQSError) -> JSONWriter {
        var (successful, failed) = ([String](), [(id: String, error: SQSError)]())
        for (id, entry) in try parameters.entries() {
            do throws(SQSError) {
                try await body(entry)
                successful.append(id)
            } catch {
                failed.append((id, error))
            }
        }
        let done = successful
        let undone = failed
        return Self.object { json in
            json.field("Successful", objects: done) { $0.field("Id", $1) }
            Self.write(undone, to: &json)
        }
    }

    private static func write(_ failed: [(id: String, error: SQSError)], to json: inout JSONWriter) {
        guard !failed.isEmpty else { return }
        json.field("Failed", objects: failed) { json, failure in
            json.field("Id", failure.id)
            json.field("SenderFault", failure.error.isSenders)
            json.field("Code", failure.error.queryCode)
            json.field("Message", failure.error.message)
        }
    }
}

extension Queue.Received {
    /// What SQS itself says of a message, in order of names.
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

    /// There is one caller here, whoever signed.
    private static var senderID: String { "AIDALOCALRUNTIME00000" }
}
