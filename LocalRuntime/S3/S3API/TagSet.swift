import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

/// Reads, validates and writes the tags of objects and buckets.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
enum TagSet {
    private static let maximumOfObject = 10
    private static let maximumOfBucket = 50

    /// Reads a header of the form `name=value&…`.
    static func parse(header: String?) throws -> [ObjectTag] {
        guard let header, !header.isEmpty else { return [] }
        let tags = try header.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return ObjectTag(
                key: try S3Request.decoded(parts[0], plusIsSpace: true),
                value: parts.count > 1 ? try S3Request.decoded(parts[1], plusIsSpace: true) : ""
            )
        }
        return try checked(tags, maximum: maximumOfObject)
    }

    static func parse(_ document: XMLElement, isOfBucket: Bool = false) throws -> [ObjectTag] {
        guard let set = document["TagSet"] else { throw S3Error.malformedXML }
        let tags = try set.all("Tag").map { tag in
            guard let key = tag["Key"]?.text, let value = tag["Value"]?.text else { throw S3Error.malformedXML }
            return ObjectTag(key: key, value: value)
        }
        return try checked(tags, maximum: isOfBucket ? maximumOfBucket : maximumOfObject)
    }

    static func response(_ tags: [ObjectTag]) -> OutgoingResponse {
        .xml(
            XMLWriter.document("Tagging") { xml in
                xml.element("TagSet") { xml in
                    for tag in tags {
                        xml.element("Tag") { xml in
                            xml.element("Key", tag.key)
                            xml.element("Value", tag.value)
                        }
                    }
                }
            }
        )
    }

    private static func checked(_ tags: [ObjectTag], maximum: Int) throws -> [ObjectTag] {
        guard tags.count <= maximum else {
            throw S3Error(.badRequest, "BadRequest", "Object tags cannot be greater than \(maximum)")
        }
        for tag in tags {
            guard (1...128).contains(tag.key.unicodeScalars.count) else {
                throw S3Error(.badRequest, "InvalidTag", "The TagKey you have provided is invalid")
            }
            guard tag.value.unicodeScalars.count <= 256 else {
                throw S3Error(.badRequest, "InvalidTag", "The TagValue you have provided is invalid")
            }
        }
        guard Set(tags.map(\.key)).count == tags.count else {
            throw S3Error(.badRequest, "InvalidTag", "Cannot provide multiple Tags with the same key")
        }
        return tags
    }
}
