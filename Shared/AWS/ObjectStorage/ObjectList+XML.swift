import AWSSignature
import ByteEncodings
import FoundationEssentials

extension ObjectList {
    /// Reads an answer of ListObjectsV2 whose keys are percent-encoded.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    init(xml text: String) throws(ObjectStorageError) {
        let answer = XMLText(text)
        guard let isTruncated = answer.first("IsTruncated") else {
            throw ObjectStorageError(.malformed, "an answer that is no list of objects")
        }
        var entries: [Entry] = []
        for element in answer.all("Contents") {
            guard
                let key = element.first("Key").flatMap(PercentEncoding.decode),
                let size = element.first("Size").flatMap({ Int64($0) }),
                let time = element.first("LastModified").flatMap(Self.date)
            else { throw ObjectStorageError(.malformed, "a list with an object that has no key, size or time") }
            entries.append(Entry(key: key, size: size, lastModified: time))
        }
        self.init(entries: entries, isTruncated: isTruncated == "true")
    }

    /// S3 writes milliseconds, which are always zero; others leave them out.
    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: .iso8601))
    }
}
