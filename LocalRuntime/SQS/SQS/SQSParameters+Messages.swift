import EmulatorCore
import FoundationEssentials

extension SQSParameters {
    /// The message that an entry sends, validated for a queue with these settings.
    func draft(for settings: QueueSettings) throws(SQSError) -> Queue.Draft {
        guard let body = try string("MessageBody"), !body.isEmpty else { throw .missing("MessageBody") }
        guard body.unicodeScalars.allSatisfy(Self.isAllowed) else { throw .invalidContents }
        var draft = Queue.Draft(body: body)
        draft.attributes = try attributes("MessageAttributes")
        guard draft.attributes.count <= 10 else {
            throw .invalidParameter(
                "Number of message attributes [\(draft.attributes.count)] exceeds the allowed maximum [10]."
            )
        }
        for attribute in try attributes("MessageSystemAttributes") {
            guard attribute.name == "AWSTraceHeader", case .text(let text) = attribute.value else {
                throw .invalidParameter("Message system attribute name '\(attribute.name)' is invalid.")
            }
            draft.traceHeader = text
        }
        guard draft.size <= settings.maximumMessageSize else {
            throw .invalidParameter(
                "One or more parameters are invalid. Reason: Message must be shorter than "
                    + "\(settings.maximumMessageSize) bytes."
            )
        }
        try readOrdering(into: &draft, settings)
        return draft
    }

    private func readOrdering(into draft: inout Queue.Draft, _ settings: QueueSettings) throws(SQSError) {
        let misplaced = "The request include parameter that is not valid for this queue type"
        draft.groupID = try identifier("MessageGroupId")
        draft.deduplicationID = try identifier("MessageDeduplicationId")
        draft.delay = try integer("DelaySeconds", in: 0...900)
        guard settings.isFIFO else {
            if let id = draft.deduplicationID {
                throw .invalidParameter(id, of: "MessageDeduplicationId", reason: misplaced + ".")
            }
            return
        }
        if let delay = draft.delay, delay > 0 {
            throw .invalidParameter("\(delay)", of: "DelaySeconds", reason: misplaced + ".")
        }
        draft.delay = nil
        try requireOrdering(settings)
    }

    /// Requires the ids that every message of a FIFO queue has.
    ///
    /// - Parameter isEntry: Whether the message is part of a batch, for which AWS has another code.
    func requireOrdering(_ settings: QueueSettings, isEntry: Bool = false) throws(SQSError) {
        guard settings.isFIFO else { return }
        guard try string("MessageGroupId") != nil else {
            let error = SQSError.missing("MessageGroupId")
            throw isEntry ? .invalidParameter(error.message) : error
        }
        guard try string("MessageDeduplicationId") != nil || settings.deduplicatesByContent else {
            throw .invalidParameter(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                    + "explicitly"
            )
        }
    }

    /// An id of 1 to 128 letters, digits and punctuation characters.
    func identifier(_ name: String) throws(SQSError) -> String? {
        guard let id = try string(name) else { return nil }
        guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalidParameter(
                id,
                of: name,
                reason: "\(name) can only include alphanumeric and punctuation characters. 1 to 128 in length."
            )
        }
        return id
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private func attributes(_ name: String) throws(SQSError) -> [MessageAttribute] {
        guard let value = fields[name], value != .null else { return [] }
        guard case .object(let fields) = value else {
            throw .invalidParameter("The parameter \(name) is not a map.")
        }
        var attributes: [MessageAttribute] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            attributes.append(try Self.attribute(name, value))
        }
        return attributes
    }

    private static func attribute(_ name: String, _ value: JSONValue) throws(SQSError) -> MessageAttribute {
        let lowered = name.lowercased()
        let isNameValid =
            (1...256).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: ".") }
            && !name.hasPrefix(".") && !name.hasSuffix(".") && !name.contains("..")
            && !lowered.hasPrefix("aws.") && !lowered.hasPrefix("amazon.")
        guard isNameValid else { throw .invalidParameter("Message attribute name '\(name)' is invalid.") }
        guard let dataType = value["DataType"]?.string, !dataType.isEmpty else {
            throw .invalidParameter("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        let empty = SQSError.invalidParameter(
            "The message attribute '\(name)' must contain non-empty message attribute value for message attribute "
                + "type '\(dataType)'."
        )
        switch dataType.prefix(while: { $0 != "." }) {
        case "String", "Number":
            guard let text = value["StringValue"]?.string, !text.isEmpty else { throw empty }
            guard text.unicodeScalars.allSatisfy(isAllowed) else { throw .invalidContents }
            if dataType.hasPrefix("Number"), Double(text) == nil {
                throw .invalidParameter("Can't cast the value of message attribute '\(name)' to a number.")
            }
            return MessageAttribute(name: name, dataType: dataType, value: .text(text))
        case "Binary":
            guard let text = value["BinaryValue"]?.string, let data = Data(base64Encoded: text), !data.isEmpty else {
                throw empty
            }
            return MessageAttribute(name: name, dataType: dataType, value: .binary(Array(data)))
        default:
            throw .invalidParameter(
                "The message attribute '\(name)' has an invalid message attribute type, the set of supported type "
                    + "prefixes is Binary, Number, and String."
            )
        }
    }
}
