/// The bucket in the host of a virtual-hosted request: `photos.s3.eu-central-1.amazonaws.com`, `photos.localhost:3001`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
public enum BucketHost {
    /// - Parameter host: The value of the `Host` header.
    /// - Returns: The bucket; nil if the host names none, so that the path does.
    public static func bucket(in host: String) -> String? {
        let name = host.lowercased().prefix { $0 != ":" }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let service = labels.indices.dropFirst().first { index in
            labels[index].hasPrefix("s3-") || labels[index] == "s3" && index + 1 < labels.count
        }
        if let service { return labels[..<service].joined(separator: ".") }
        guard !name.hasPrefix("s3."), !name.hasPrefix("s3-"), name.hasSuffix(".localhost") else { return nil }
        return String(name.dropLast(".localhost".count))
    }
}
