/// The output of an SQS action, or a structure in it, as the service model defines it.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
protocol SQSOutput: Sendable {
    func write(to writer: inout some SQSOutputWriter)
}

/// Writes the members of an output in one of SQS's two protocols.
protocol SQSOutputWriter {
    mutating func field(_ name: String, _ text: String)
    mutating func field(_ name: String, _ flag: Bool)

    /// A list: an array in JSON; in XML an element for each item.
    mutating func list(_ name: String, element: String, _ texts: [String])
    mutating func list(_ name: String, element: String, _ items: [some SQSOutput])

    /// A map: an object in JSON; in XML an element for each entry, with the elements `key` and `Value` in it.
    mutating func map(_ name: String, entry: String, key: String, _ texts: [(key: String, value: String)])
    mutating func map(_ name: String, entry: String, key: String, _ values: [(key: String, value: some SQSOutput)])
}

extension SQSOutputWriter {
    mutating func field(_ name: String, ifPresent text: String?) {
        if let text { field(name, text) }
    }
}

/// The output of actions that return nothing.
struct EmptyOutput: SQSOutput {
    func write(to writer: inout some SQSOutputWriter) {}
}
