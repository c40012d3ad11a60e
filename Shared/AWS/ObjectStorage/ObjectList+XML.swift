import AWSSignature
import ByteEncodings
import FoundationEssentials

extension ObjectList {
    /// Parses a response of ListObjectsV2 with percent-encoded keys.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    init(xml text: String) throws(ObjectStorageError) {
        let response = XMLText(text)
        guard let isTruncated = response.first("IsTruncated") else {
            throw ObjectStorageError(.malformed, "the response is not a list of objects")
        }
        var entries: [Entry] = []
        for element in response.all("Contents") {
            guard
                let key = element.first("Key").flatMap(PercentEncoding.decode),
                let size = element.first("Size").flatMap({ Int64($0) }),
                let time = element.first("LastModified").flatMap(Self.date)
            else { throw ObjectStorageError(.malformed, "a listed object has no key, size or time") }
            entries.append(Entry(key: key, size: size, lastModified: time))
        }
        self.init(entries: entries, isTruncated: isTruncated == "true")
    }

    /// Parses a time with or without fractional seconds. S3 always writes them; compatible services may not.
    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: .iso8601))
    }
}
