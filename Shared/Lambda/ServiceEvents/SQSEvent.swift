/// The event for a batch of messages that Lambda received from an SQS queue.
///
/// See <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.
public struct SQSEvent: Codable, Sendable {
    public struct MessageAttribute: Codable, Sendable {
        public var stringValue: String?
        /// Base64.
        public var binaryValue: String?
        /// `String`, `Number` or `Binary`.
        public var dataType: String

        public init(stringValue: String? = nil, binaryValue: String? = nil, dataType: String) {
            self.stringValue = stringValue
            self.binaryValue = binaryValue
            self.dataType = dataType
        }
    }

    public struct Record: Codable, Sendable {
        public var messageId: String
        public var receiptHandle: String
        public var body: String
        /// `ApproximateReceiveCount`, `SentTimestamp` and others, all as text.
        public var attributes: [String: String]
        public var messageAttributes: [String: MessageAttribute]
        public var md5OfBody: String
        public var eventSource: String
        public var eventSourceARN: String
        public var awsRegion: String

        public init(
            messageId: String,
            receiptHandle: String = "",
            body: String,
            attributes: [String: String] = [:],
            messageAttributes: [String: MessageAttribute] = [:],
            md5OfBody: String = "",
            eventSource: String = "aws:sqs",
            eventSourceARN: String = "",
            awsRegion: String = ""
        ) {
            self.messageId = messageId
            self.receiptHandle = receiptHandle
            self.body = body
            self.attributes = attributes
            self.messageAttributes = messageAttributes
            self.md5OfBody = md5OfBody
            self.eventSource = eventSource
            self.eventSourceARN = eventSourceARN
            self.awsRegion = awsRegion
        }
    }

    public var records: [Record]

    public init(records: [Record]) { self.records = records }

    private enum CodingKeys: String, CodingKey {
        case records = "Records"
    }
}

/// The messages of a batch that failed. Only these are redelivered; the others are deleted.
///
/// Lambda reads it if the event source mapping has `ReportBatchItemFailures`. See
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>.
public struct SQSBatchResponse: Encodable, Sendable, Equatable {
    public struct Failure: Encodable, Sendable, Equatable {
        /// The `messageId`.
        public var itemIdentifier: String

        public init(itemIdentifier: String) { self.itemIdentifier = itemIdentifier }
    }

    public var batchItemFailures: [Failure]

    public init(failed messageIDs: [String] = []) {
        batchItemFailures = messageIDs.map(Failure.init)
    }
}
