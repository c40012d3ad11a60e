import HTTPListener
import NIOHTTP1
import ObjectStore

extension ObjectAttributes {
    /// The system headers that are stored and returned unchanged.
    static let storedHeaders: Set<String> = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
        "x-amz-website-redirect-location",
    ]

    /// Bytes of all names and values of user metadata together.
    private static let maximumMetadata = 2_048

    init(_ headers: HTTPHeaders) throws {
        try self.init(fields: headers.map { (name: $0.name, value: $0.value) })
    }

    /// - Parameter fields: Headers, or fields of a form with the same names.
    init(fields: [(name: String, value: String)]) throws {
        self.init()
        for (name, value) in fields {
            let name = name.lowercased()
            guard HTTPHeaders.isWellFormed(name: name, value: value) else { continue }
            if name.hasPrefix("x-amz-meta-") {
                let name = String(name.dropFirst("x-amz-meta-".count))
                metadata[name] = metadata[name].map { "\($0),\(value)" } ?? value
            } else if Self.storedHeaders.contains(name) {
                self.headers[name] = value
            }
        }
        removeTransferCoding()
        let size = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= Self.maximumMetadata else {
            throw S3Error(
                .badRequest,
                "MetadataTooLarge",
                "Your metadata headers exceed the maximum allowed metadata size"
            ).with("Size", "\(size)").with("MaxSizeAllowed", "\(Self.maximumMetadata)")
        }
    }

    /// Removes `aws-chunked`, which describes the transfer and not the object.
    private mutating func removeTransferCoding() {
        guard let coding = headers["content-encoding"] else { return }
        let rest = coding.split(separator: ",")
            .map { $0.drop { $0 == " " } }
            .filter { $0.lowercased() != "aws-chunked" && !$0.isEmpty }
        headers["content-encoding"] = rest.isEmpty ? nil : rest.joined(separator: ", ")
    }
}
