import ByteEncodings

/// A request in the canonical form that the client signs and the service verifies.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct CanonicalRequest: Sendable {
    let bytes: [UInt8]

    /// - Parameters:
    ///   - headers: The headers to sign.
    ///   - query: The query to sign. In a presigned request it excludes the signature.
    init(
        method: String,
        path: String,
        pathRule: PathRule,
        query: CanonicalQuery,
        headers: CanonicalHeaders,
        payload: PayloadHash
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        bytes += method.utf8
        bytes.append(newline)
        pathRule.append(path, to: &bytes)
        bytes.append(newline)
        query.append(to: &bytes)
        bytes.append(newline)
        headers.append(to: &bytes)
        bytes.append(newline)
        bytes += headers.names.utf8
        bytes.append(newline)
        bytes += payload.value.utf8
        self.bytes = bytes
    }
}

/// The headers that a signature covers: names in lower case and sorted, white space folded, repeated headers joined.
struct CanonicalHeaders: Sendable {
    /// `host;x-amz-date`
    let names: String
    private let fields: [(name: String, values: [String])]

    /// - Parameter headers: With names in lower case.
    init(_ headers: some Sequence<(name: String, value: String)>) {
        var fields: [(name: String, values: [String])] = []
        for (name, value) in headers {
            if let index = fields.firstIndex(where: { $0.name == name }) {
                fields[index].values.append(value)
            } else {
                fields.append((name, [value]))
            }
        }
        fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.fields = fields
        names = fields.map(\.name).joined(separator: ";")
    }

    func append(to output: inout [UInt8]) {
        for field in fields {
            output += field.name.utf8
            output.append(UInt8(ascii: ":"))
            for (index, value) in field.values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                appendFolded(value, to: &output)
            }
            output.append(newline)
        }
    }

    /// Trims white space, and replaces each remaining run of it, including line breaks, with one space.
    private func appendFolded(_ value: String, to output: inout [UInt8]) {
        let start = output.count
        var spaceIsPending = false
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), newline:
                spaceIsPending = output.count > start
            default:
                if spaceIsPending {
                    output.append(UInt8(ascii: " "))
                    spaceIsPending = false
                }
                output.append(byte)
            }
        }
    }
}

/// The parameters of a query, encoded and sorted.
struct CanonicalQuery: Sendable {
    private var parameters: [(name: [UInt8], value: [UInt8])]

    /// - Parameters:
    ///   - query: As sent, without the question mark.
    ///   - excluded: The encoded name of a parameter to omit.
    init(_ query: String, excluding excluded: String? = nil) {
        guard !query.isEmpty else {
            parameters = []
            return
        }
        parameters = query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
            let parts = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.normalize(parts[0]), parts.count == 2 ? Self.normalize(parts[1]) : [])
        }
        if let excluded { parameters.removeAll { $0.name.elementsEqual(excluded.utf8) } }
        parameters.sort { lhs, rhs in
            lhs.name == rhs.name
                ? lhs.value.lexicographicallyPrecedes(rhs.value) : lhs.name.lexicographicallyPrecedes(rhs.name)
        }
    }

    func append(to output: inout [UInt8]) {
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            output += parameter.name
            output.append(UInt8(ascii: "="))
            output += parameter.value
        }
    }

    /// Decodes and re-encodes, because clients escape more or fewer characters than the canonical form.
    private static func normalize(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        PercentEncoding.append(PercentEncoding.decode(bytes), to: &output, keepingSlashes: false)
        return output
    }
}

private let newline = UInt8(ascii: "\n")
