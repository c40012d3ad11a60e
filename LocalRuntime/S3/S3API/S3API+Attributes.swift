import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    func attributes(_ call: S3Call) throws -> OutgoingResponse {
        let request = call.request
        let object = try store.object(try request.requireKey(), in: try request.requireBucket())
        try requireNullVersion(request)
        let requested: [String] = request.headers["x-amz-object-attributes"].flatMap { $0.split(separator: ",") }
            .map { String($0.filter { $0 != " " }) }
        let known: Set = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
        guard !requested.isEmpty, known.isSuperset(of: requested) else {
            throw S3Error.invalidArgument(
                "Invalid attribute name specified.",
                "x-amz-object-attributes",
                requested.joined(separator: ",")
            )
        }
        let limit = min(try request.count(inHeader: "x-amz-max-parts") ?? 1_000, 1_000)
        let marker = try request.count(inHeader: "x-amz-part-number-marker") ?? 0
        return .xml(
            XMLWriter.document("GetObjectAttributesResponse") { xml in
                if requested.contains("ETag") { xml.element("ETag", object.etag) }
                if requested.contains("Checksum"), let checksum = object.checksum {
                    xml.element("Checksum") { $0.checksum(checksum) }
                }
                if requested.contains("ObjectParts"), !object.parts.isEmpty {
                    let rest = object.parts.filter { $0.number > marker }
                    let page = rest.prefix(limit)
                    xml.element("ObjectParts") { xml in
                        xml.element("PartsCount", object.parts.count)
                        xml.element("PartNumberMarker", marker)
                        xml.element("NextPartNumberMarker", page.last?.number ?? 0)
                        xml.element("MaxParts", limit)
                        xml.element("IsTruncated", page.count < rest.count)
                        for part in page { xml.part(part, algorithm: object.checksum?.algorithm, withETag: false) }
                    }
                }
                if requested.contains("StorageClass") { xml.element("StorageClass", "STANDARD") }
                if requested.contains("ObjectSize") { xml.element("ObjectSize", object.size) }
            },
            headers: ["Last-Modified": UnixTime(milliseconds: object.modifiedAt).httpDate]
        )
    }
}
