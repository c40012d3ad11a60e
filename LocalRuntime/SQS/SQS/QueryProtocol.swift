import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1

/// The protocol of older SDKs: input is a form, output is XML.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
enum QueryProtocol: SQSProtocol {
    private static let namespace = #"xmlns="http://queue.amazonaws.com/doc/2012-11-05/""#

    static func call(in request: IncomingRequest) throws(SQSError) -> SQSCall {
        var form: [String: String] = [:]
        let body = request.method == .GET ? String(request.query ?? "") : String(buffer: request.body)
        for (name, value) in RequestTarget.queryItems(body[...]) { form[name] = value }
        guard let action = form["Action"] else { throw .missing("Action") }
        // The path names the queue if the form does not.
        if form["QueueUrl"] == nil, request.path.split(separator: "/").count == 2 {
            form["QueueUrl"] = String(request.path)
        }
        return SQSCall(action: action, parameters: SQSParameters(fields: parameters(form, action)))
    }

    // MARK: Input

    /// The parameters that are lists, by the names of their items in a form: `AttributeName.2` is in `AttributeNames`.
    private static let listNames = [
        "AttributeName": "AttributeNames", "MessageAttributeName": "MessageAttributeNames",
        "MessageSystemAttributeName": "MessageSystemAttributeNames", "TagKey": "TagKeys",
    ]

    private static func parameters(_ form: [String: String], _ action: String) -> [String: JSONValue] {
        var parameters: [String: JSONValue] = [:]
        var entries: [Int: [String: String]] = [:]
        var lists: [String: [Int: String]] = [:]
        for (name, value) in form {
            let parts = name.split(separator: ".", maxSplits: 2).map(String.init)
            guard !parts.isEmpty else { continue }
            if parts.count == 1 {
                parameters[name] = .string(value)
            } else if parts[0].hasSuffix("BatchRequestEntry"), parts.count == 3, let index = Int(parts[1]) {
                entries[index, default: [:]][parts[2]] = value
            } else if let list = listNames[parts[0]], parts.count == 2, let index = Int(parts[1]) {
                lists[list, default: [:]][index] = value
            }
        }
        for (name, list) in lists {
            parameters[name] = .array(list.sorted { $0.key < $1.key }.map { .string($0.value) })
        }
        if !entries.isEmpty {
            parameters["Entries"] = .array(
                entries.sorted { $0.key < $1.key }.map { .object(Self.parameters($0.value, action)) }
            )
        }
        if let attributes = map("Attribute", "Name", "Value", in: form) { parameters["Attributes"] = attributes }
        if let tags = map("Tag", "Key", "Value", in: form) {
            parameters[action == "CreateQueue" ? "tags" : "Tags"] = tags
        }
        for name in ["MessageAttribute", "MessageSystemAttribute"] {
            if let attributes = messageAttributes(name, in: form) { parameters["\(name)s"] = attributes }
        }
        return parameters
    }

    private static func map(
        _ prefix: String,
        _ key: String,
        _ value: String,
        in form: [String: String]
    ) -> JSONValue? {
        var fields: [String: JSONValue] = [:]
        var index = 1
        while let name = form["\(prefix).\(index).\(key)"] {
            fields[name] = .string(form["\(prefix).\(index).\(value)"] ?? "")
            index += 1
        }
        return fields.isEmpty ? nil : .object(fields)
    }

    private static func messageAttributes(_ prefix: String, in form: [String: String]) -> JSONValue? {
        var fields: [String: JSONValue] = [:]
        var index = 1
        while let name = form["\(prefix).\(index).Name"] {
            var value: [String: JSONValue] = [:]
            for field in ["DataType", "StringValue", "BinaryValue"] {
                value[field] = form["\(prefix).\(index).Value.\(field)"].map { .string($0) }
            }
            fields[name] = .object(value)
            index += 1
        }
        return fields.isEmpty ? nil : .object(fields)
    }

    // MARK: Output

    static func response(_ output: any SQSOutput, to call: SQSCall, requestID: String) -> OutgoingResponse {
        var xml = XMLWriter()
        xml.element("\(call.action)Response", attributes: namespace) { xml in
            if !(output is EmptyOutput) {
                xml.element("\(call.action)Result") { output.write(to: &$0) }
            }
            xml.element("ResponseMetadata") { $0.element("RequestId", requestID) }
        }
        return response(.ok, xml, requestID)
    }

    static func response(_ error: SQSError, requestID: String) -> OutgoingResponse {
        var xml = XMLWriter()
        xml.element("ErrorResponse", attributes: namespace) { xml in
            xml.element("Error") { xml in
                xml.element("Type", error.isSenderFault ? "Sender" : "Receiver")
                xml.element("Code", error.queryCode)
                xml.element("Message", error.message)
                xml.element("Detail", "")
            }
            xml.element("RequestId", requestID)
        }
        return response(error.status, xml, requestID)
    }

    private static func response(
        _ status: HTTPResponseStatus,
        _ xml: XMLWriter,
        _ requestID: String
    ) -> OutgoingResponse {
        OutgoingResponse(
            status: status,
            headers: ["Content-Type": "text/xml", "x-amzn-RequestId": requestID],
            body: .bytes(xml.buffer)
        )
    }
}

extension XMLWriter: SQSOutputWriter {
    mutating func field(_ name: String, _ text: String) { element(name, text) }

    mutating func field(_ name: String, _ flag: Bool) { element(name, flag) }

    mutating func list(_ name: String, element: String, _ texts: [String]) {
        for text in texts { self.element(element, text) }
    }

    mutating func list(_ name: String, element: String, _ items: [some SQSOutput]) {
        for item in items { self.element(element) { item.write(to: &$0) } }
    }

    mutating func map(_ name: String, entry: String, key: String, _ texts: [(key: String, value: String)]) {
        for (name, text) in texts {
            element(entry) { xml in
                xml.element(key, name)
                xml.element("Value", text)
            }
        }
    }

    mutating func map(
        _ name: String,
        entry: String,
        key: String,
        _ values: [(key: String, value: some SQSOutput)]
    ) {
        for (name, value) in values {
            element(entry) { xml in
                xml.element(key, name)
                xml.element("Value") { value.write(to: &$0) }
            }
        }
    }
}
