import NIOHTTP1

/// An error of an action, as SDKs expect it.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
struct SQSError: Error, Sendable, Hashable {
    /// The shape's name in the service's model: `QueueDoesNotExist`.
    var name: String
    /// The code of the query protocol, which SDKs still show: `AWS.SimpleQueueService.NonExistentQueue`.
    var queryCode: String
    var message: String
    /// Whether the request was at fault, rather than the service.
    var isSenderFault = true
    var status: HTTPResponseStatus { isSenderFault ? senderFaultStatus : .internalServerError }
    private var senderFaultStatus = HTTPResponseStatus.badRequest

    init(_ name: String, queryCode: String? = nil, _ message: String) {
        self.name = name
        self.queryCode = queryCode ?? name
        self.message = message
    }

    private static func service(_ name: String, code: String? = nil, _ message: String) -> Self {
        Self(name, queryCode: "AWS.SimpleQueueService.\(code ?? name)", message)
    }

    static let nonExistentQueue = service(
        "QueueDoesNotExist",
        code: "NonExistentQueue",
        "The specified queue does not exist."
    )
    static let messageNotInFlight = service(
        "MessageNotInflight",
        "The message referred to is not in flight."
    )
    static let emptyBatch = service(
        "EmptyBatchRequest",
        "There should be at least one SendMessageBatchRequestEntry in the request."
    )
    static let invalidContents = Self(
        "InvalidMessageContents",
        "Invalid binary character was found in the message body, the set of allowed characters is "
            + "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )
    static let internalFailure: Self = {
        var error = Self("InternalFailure", "The queue cannot be written.")
        error.isSenderFault = false
        return error
    }()

    static func invalidReceiptHandle(_ handle: String) -> Self {
        Self(
            "ReceiptHandleIsInvalid",
            "The input receipt handle \"\(handle.prefix(1_024))\" is not a valid receipt handle."
        )
    }

    static func missing(_ parameter: String) -> Self {
        Self(
            "MissingParameterException",
            queryCode: "MissingParameter",
            "The request must contain the parameter \(parameter)."
        )
    }

    static func invalidParameter(_ message: String) -> Self {
        Self("InvalidParameterValueException", queryCode: "InvalidParameterValue", message)
    }

    static func invalidParameter(_ value: String, of parameter: String, reason: String) -> Self {
        invalidParameter("Value \(value.prefix(1_024)) for parameter \(parameter) is invalid. Reason: \(reason)")
    }

    static func invalidAttributeName(_ name: String) -> Self {
        Self("InvalidAttributeName", "Unknown Attribute \(name).")
    }

    static func invalidAttributeValue(_ name: String) -> Self {
        Self("InvalidAttributeValue", "Invalid value for the parameter \(name).")
    }

    static func queueExists(_ attribute: String) -> Self {
        Self(
            "QueueNameExists",
            queryCode: "QueueAlreadyExists",
            "A queue already exists with the same name and a different value for attribute \(attribute)"
        )
    }

    static func tooManyEntries(_ count: Int) -> Self {
        service(
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent \(count)."
        )
    }

    static func batchTooLong(_ size: Int, limit: Int) -> Self {
        service(
            "BatchRequestTooLong",
            "Batch requests cannot be longer than \(limit) bytes. You have sent \(size) bytes."
        )
    }

    static func repeatedID(_ id: String) -> Self {
        service("BatchEntryIdsNotDistinct", "Id \(id) repeated.")
    }

    static let invalidEntryID = service(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
            + "letters long."
    )

    static func unknownAction(_ name: String) -> Self {
        Self(
            "UnknownOperationException",
            queryCode: "InvalidAction",
            "The action \(name) is not valid for this endpoint."
        )
    }

    static func purgeInProgress(_ queue: String) -> Self {
        var error = service(
            "PurgeQueueInProgress",
            "Only one PurgeQueue operation on \(queue) is allowed every 60 seconds."
        )
        error.senderFaultStatus = .forbidden
        return error
    }

    static func unsupported(_ message: String) -> Self {
        service("UnsupportedOperation", message)
    }

    static let malformed = Self(
        "SerializationException",
        queryCode: "MalformedInput",
        "The request body is not a JSON object."
    )
}
