/// The output of `CreateQueue` and `GetQueueUrl`.
struct QueueURLOutput: SQSOutput {
    var url: String

    func write(to writer: inout some SQSOutputWriter) { writer.field("QueueUrl", url) }
}

struct ListQueuesOutput: SQSOutput {
    var page: URLPage

    func write(to writer: inout some SQSOutputWriter) {
        if !page.urls.isEmpty { writer.list("QueueUrls", element: "QueueUrl", page.urls) }
        writer.field("NextToken", ifPresent: page.nextToken)
    }
}

struct ListDeadLetterSourceQueuesOutput: SQSOutput {
    var page: URLPage

    func write(to writer: inout some SQSOutputWriter) {
        // Unlike other lists, this one is required, and its JSON name begins in lower case.
        writer.list("queueUrls", element: "QueueUrl", page.urls)
        writer.field("NextToken", ifPresent: page.nextToken)
    }
}

struct GetQueueAttributesOutput: SQSOutput {
    var attributes: [(key: String, value: String)]

    func write(to writer: inout some SQSOutputWriter) {
        guard !attributes.isEmpty else { return }
        writer.map("Attributes", entry: "Attribute", key: "Name", attributes)
    }
}

struct ListQueueTagsOutput: SQSOutput {
    var tags: [(key: String, value: String)]

    func write(to writer: inout some SQSOutputWriter) {
        guard !tags.isEmpty else { return }
        writer.map("Tags", entry: "Tag", key: "Key", tags)
    }
}

/// Up to 1,000 URLs of queues.
struct URLPage: Sendable {
    var urls: [String]
    /// The number of URLs on this page and before it; nil on the last page.
    var nextToken: String?
}
