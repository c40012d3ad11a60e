import EmulatorCore

/// The parameters of a call or of an entry of a batch, validated as SQS does.
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

    /// A map of texts; numbers and booleans count as their text.
    func texts(_ name: String) throws(SQSError) -> [String: String] {
        guard let value = fields[name], value != .null else { return [:] }
        guard case .object(let fields) = value else {
            throw .invalidParameter("The parameter \(name) is not a map.")
        }
        return fields.compactMapValues(\.scalarText)
    }

    /// The entries of a batch, with valid and distinct ids.
    func entries() throws(SQSError) -> [(id: String, entry: SQSParameters)] {
        guard case .array(let elements)? = fields["Entries"], !elements.isEmpty else { throw .emptyBatch }
        guard elements.count <= 10 else { throw .tooManyEntries(elements.count) }
        var entries: [(id: String, entry: SQSParameters)] = []
        for element in elements {
            guard case .object(let fields) = element else { throw .malformed }
            let entry = SQSParameters(fields: fields)
            let id = try entry.requiredString("Id")
            guard id.utf8.count <= 80, id.utf8.allSatisfy(\.isNameByte) else { throw .invalidEntryID }
            guard !entries.contains(where: { $0.id == id }) else { throw .repeatedID(id) }
            entries.append((id, entry))
        }
        return entries
    }
}

extension UInt8 {
    /// Whether it is a letter, a digit, a hyphen or an underscore.
    var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
