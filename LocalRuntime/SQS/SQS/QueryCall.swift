import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1

/// A call in the protocol that SDKs used before JSON: a form in, XML out.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
struct QueryCall {
    let operation: String
    let parameters: SQSParameters

    private static let namespace = "http://queue.amazonaws.com/doc/2012-11-05/"

    init(_ request: IncomingRequest) throws(SQSError) {
        var form: [String: String] = [:]
        let body = request.method == .GET ? String(request.query ?? "") : String(buffer: request.body)
        for (name, value) in RequestTarget.queryItems(body[...]) { form[name] = value }
        guard let operation = form["Action"] else { throw .missing("Action") }
        self.operation = operation
        // The URL names the queue where the form does not.
        if form["QueueUrl"] == nil, request.path.split(separator: "/").count == 2 {
            form["QueueUrl"] = String(request.path)
        }
        parameters = SQSParameters(fields: Self.fields(form, operation))
    }

    // MARK: From the form

    /// Lists and maps of a form, which are numbered: `Attribute.1.Name`, `AttributeName.2`.
    private static let lists = [
        "AttributeName": "AttributeNames", "MessageAttributeName": "MessageAttributeNames",
        "MessageSystemAttributeName": "MessageSystemAttributeNames", "TagKey": "TagKeys",
    ]

    private static func fields(_ form: [String: String], _ operation: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        var entries: [Int: [String: String]] = [:]
        var lists: [String: [Int: String]] = [:]
        for (name, value) in form {
            let parts = name.split(separator: ".", maxSplits: 2).map(String.init)
            guard !parts.isEmpty else { continue }
            if parts.count == 1 {
                fields[name] = .string(value)
            } else if parts[0].hasSuffix("BatchRequestEntry"), parts.count == 3, let index = Int(parts[1]) {
                entries[index, default: [:]][parts[2]] = value
            } else if let list = Self.lists[parts[0]], parts.count == 2, let index = Int(parts[1]) {
                lists[list, default: [:]][index] = value
            }
        }
        for (name, list) in lists {
            fields[name] = .array(list.sorted { $0.key < $1.key }.map { .string($0.value) })
        }
        if !entries.isEmpty {
            fields["Entries"] = .array(
                entries.sorted { $0.key < $1.key }.map { .object(Self.fields($0.value, operation)) }
            )
        }
        if let attributes = map("Attribute", "Name", "Value", in: form) { fields["Attributes"] = attributes }
        if let tags = map("Tag", "Key", "Value", in: form) {
            fields[operation == "CreateQueue" ? "tags" : "Tags"] = tags
        }
        for name in ["MessageAttribute", "MessageSystemAttribute"] {
            if let attributes = messageAttributes(name, in: form) { fields["\(name)s"] = attributes }
        }
        return fields
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

    // MARK: Into XML

    func response(_ result: JSONWriter, requestID: String) -> OutgoingResponse {
        let value = (try? JSONValue(parsing: result.buffer)) ?? .null
        var xml = "<\(operation)Response xmlns=\"\(Self.namespace)\">"
        if case .object(let fields) = value, !fields.isEmpty {
            xml += "<\(operation)Result>\(content(fields))</\(operation)Result>"
        }
        xml += "<ResponseMetadata><RequestId>\(requestID)</RequestId></ResponseMetadata></\(operation)Response>"
        return Self.response(.ok, xml, requestID)
    }

    static func response(_ error: SQSError, requestID: String) -> OutgoingResponse {
        let xml =
            "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>\(error.isSenders ? "Sender" : "Receiver")</Type>"
            + "<Code>\(escaped(error.queryCode))</Code><Message>\(escaped(error.message))</Message><Detail/></Error>"
            + "<RequestId>\(requestID)</RequestId></ErrorResponse>"
        return response(error.status, xml, requestID)
    }

    private static func response(_ status: HTTPResponseStatus, _ xml: String, _ requestID: String) -> OutgoingResponse {
        OutgoingResponse(
            status: status,
            headers: ["Content-Type": "text/xml", "x-amzn-RequestId": requestID],
            body: .bytes(ByteBuffer(string: "<?xml version=\"1.0\"?>" + xml))
        )
    }

    private func content(_ fields: [String: JSONValue]) -> String {
        fields.sorted { $0.key < $1.key }.map { element($0.key, $0.value) }.joined()
    }

    private func element(_ name: String, _ value: JSONValue) -> String {
        switch (name, value) {
        case ("Successful", .array(let elements)):
            let element = operation + "ResultEntry"
            return elements.map { wrapped(element, $0) }.joined()
        case ("Failed", .array(let elements)):
            return elements.map { wrapped("BatchResultErrorEntry", $0) }.joined()
        case ("Messages", .array(let elements)):
            return elements.map { wrapped("Message", $0) }.joined()
        case ("QueueUrls", .array(let elements)), ("queueUrls", .array(let elements)):
            return elements.map { wrapped("QueueUrl", $0) }.joined()
        case ("Attributes", .object(let fields)):
            return pairs("Attribute", "Name", fields)
        case ("Tags", .object(let fields)):
            return pairs("Tag", "Key", fields)
        case ("MessageAttributes", .object(let fields)):
            return pairs("MessageAttribute", "Name", fields)
        default:
            return wrapped(name, value)
        }
    }

    private func pairs(_ name: String, _ key: String, _ fields: [String: JSONValue]) -> String {
        fields.sorted { $0.key < $1.key }
            .map { "<\(name)><\(key)>\(Self.escaped($0.key))</\(key)>\(wrapped("Value", $0.value))</\(name)>" }
            .joined()
    }

    private func wrapped(_ name: String, _ value: JSONValue) -> String {
        if case .object(let fields) = value { return "<\(name)>\(content(fields))</\(name)>" }
        return "<\(name)>\(Self.escaped(value.scalarText ?? ""))</\(name)>"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\r": result += "&#xD;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
