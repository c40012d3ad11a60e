import EmulatorCore
import FoundationEssentials

/// A request's parameters, read as SQS reads them.
struct SQSParameters {
    let fields: [String: JSONValue]

    func string(_ name: String) throws(SQSError) -> String? {
        guard let value = fields[name], value != .null else { return nil }
        guard let text = value.string else {
            throw .invalidParameter("The parameter \(name) is not a string.")
        }
        return text
    }

    func requiredString(_ name: String) throws(SQSError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw .missing(name) }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(SQSError) -> Int? {
        guard let value = fields[name], value != .null else { return nil }
        guard let integer = value.scalarText.flatMap({ Int($0) }) else {
            throw .invalidParameter(value.scalarText ?? "", of: name, reason: "Must be a whole number.")
        }
        guard range.contains(integer) else {
            throw .invalidParameter(
                "\(integer)",
                of: name,
                reason: "Must be >= \(range.lowerBound) and <= \(range.upperBound), if provided."
            )
        }
        return integer
    }

    func strings(_ name: String) throws(SQSError) -> [String] {
        guard let value = fields[name], value != .null else { return [] }
        guard case .array(let elements) = value else {
            throw .invalidParameter("The parameter \(name) is not a list.")
        }
        return elements.compactMap(\.string)
    }

    /// A map of texts; numbers and booleans are taken for theirs.
    func texts(_ name: String) throws(SQSError) -> [String: String] {
        guard let value = fields[name], value != .null else { return [:] }
        guard case .object(let fields) = value else {
            throw .invalidParameter("The parameter \(name) is not a map.")
        }
        return fields.compactMapValues(\.scalarText)
    }

    /// The entries of a batch, whose ids have been checked.
    func entries() throws(SQSError) -> [(id: String, entry: SQSParameters)] {
        guard case .array(let elements)? = fields["Entries"], !elements.isEmpty else { throw .emptyBatch }
        guard elements.count <= 10 else { throw .tooManyEntries(elements.count) }
        var entries: [(id: String, entry: SQSParameters)] = []
        for element in elements {
            guard case .object(let fields) = element else { throw .malformed }
            let entry = SQSParameters(fields: fields)
            let id = try entry.requiredString("Id")
            guard id.utf8.count <= 80, id.utf8.allSatisfy(\.isQueueNameByte) else { throw .invalidEntryID }
            guard !entries.contains(where: { $0.id == id }) else { throw .repeatedID(id) }
            entries.append((id, entry))
        }
        return entries
    }

    // MARK: Messages

    /// A message to be sent, checked against what its queue takes.
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
        let size = draft.attributes.reduce(body.utf8.count) { $0 + $1.size }
        guard size <= settings.maximumMessageSize else {
            throw .invalidParameter(
                "One or more parameters are invalid. Reason: Message must be shorter than "
                    + "\(settings.maximumMessageSize) bytes."
            )
        }
        try addOrder(to: &draft, settings)
        return draft
    }

    private func addOrder(to draft: inout Queue.Draft, _ settings: QueueSettings) throws(SQSError) {
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
        guard draft.groupID != nil else { throw .missing("MessageGroupId") }
        guard draft.deduplicationID != nil || settings.deduplicatesByContent else {
            throw .invalidParameter(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                    + "explicitly"
            )
        }
    }

    /// Letters, digits and punctuation, 128 at most.
    private func identifier(_ name: String) throws(SQSError) -> String? {
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
            && name.utf8.allSatisfy { $0.isQueueNameByte || $0 == UInt8(ascii: ".") }
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

extension UInt8 {
    /// A letter, a digit, a dash or an underscore.
    var isQueueNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
