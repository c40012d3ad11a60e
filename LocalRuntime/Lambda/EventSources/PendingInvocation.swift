import LambdaHost
import NIOCore
import SQS

/// An asynchronous invocation as a message of the event queue.
struct PendingInvocation {
    var request: InvocationRequest
    var requestID: String

    init(_ request: InvocationRequest, requestID: String) {
        self.request = request
        self.requestID = requestID
        self.request.requestID = requestID
    }

    /// Nil if the message lacks the attributes of an invocation.
    init?(_ message: QueueMessage) {
        var fields: [String: String] = [:]
        for attribute in message.attributes {
            if case .text(let text) = attribute.value { fields[attribute.name] = text }
        }
        guard let function = fields["function"], let requestID = fields["requestID"] else { return nil }
        var request = InvocationRequest(
            function: function,
            payload: ByteBuffer(string: message.body),
            trigger: fields["trigger"] ?? ""
        )
        request.clientContext = fields["clientContext"]
        request.traceID = fields["traceID"]
        self.init(request, requestID: requestID)
    }

    /// The message to send.
    var draft: Queue.Draft {
        var draft = Queue.Draft(body: String(buffer: request.payload))
        let fields = [
            ("function", request.function), ("requestID", requestID), ("trigger", request.trigger),
            ("clientContext", request.clientContext), ("traceID", request.traceID),
        ]
        draft.attributes = fields.compactMap { name, value in
            value.map { MessageAttribute(name: name, dataType: "String", value: .text($0)) }
        }
        return draft
    }
}
