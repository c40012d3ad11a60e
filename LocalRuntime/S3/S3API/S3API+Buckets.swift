import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectStore

extension S3API {
    func answerForBucket(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        switch (request.method, request.subresource) {
        case (.GET, nil): return try listObjects(call)
        case (.GET, "versions"): return try listVersions(call)
        case (.GET, "uploads"): return try listUploads(call)
        case (.GET, "location"): return try location(of: bucket)
        case (.GET, "versioning"):
            _ = try store.bucket(bucket)
            return .xml(XMLWriter.document("VersioningConfiguration") { _ in })
        case (.PUT, nil): return try await createBucket(call)
        case (.DELETE, nil):
            try await store.deleteBucket(bucket)
            return .empty(.noContent)
        case (.HEAD, nil):
            _ = try store.bucket(bucket)
            return .empty(headers: ["x-amz-bucket-region": region])
        case (.POST, "delete"): return try await deleteObjects(call)
        case (.POST, nil): return try await postObject(call)
        case (_, let name?): return try await answerForSettings(name, call)
        default: throw S3Error.methodNotAllowed
        }
    }

    func listBuckets(_ call: S3Call) -> OutgoingResponse {
        let prefix = call.request.query["prefix"]
        let buckets = store.buckets().filter { bucket in prefix.map { bucket.name.hasPrefix($0) } ?? true }
        let limit = call.request.query["max-buckets"].flatMap { Int($0) } ?? 10_000
        let start = call.request.query["continuation-token"].flatMap { ContinuationToken.decode($0) }
        let rest = buckets.filter { bucket in start.map { bucket.name > $0 } ?? true }
        let page = rest.prefix(max(1, limit))
        return .xml(
            XMLWriter.document("ListAllMyBucketsResult") { xml in
                xml.owner()
                xml.element("Buckets") { xml in
                    for bucket in page {
                        xml.element("Bucket") { xml in
                            xml.element("Name", bucket.name)
                            xml.element("CreationDate", timestamp: bucket.createdAt)
                        }
                    }
                }
                if page.count < rest.count, let last = page.last {
                    xml.element("ContinuationToken", ContinuationToken.encode(last.name))
                }
                xml.element("Prefix", ifPresent: prefix)
            }
        )
    }

    private func createBucket(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        guard BucketName.isValid(bucket) else {
            throw S3Error(.badRequest, "InvalidBucketName", "The specified bucket is not valid.")
                .with("BucketName", bucket)
        }
        let accessControl = try CannedACL(call.request.headers, default: .private)
        if call.request.header("content-length") != "0" {
            let document = try await call.receiver.document()
            if document.readableBytes > 0 {
                _ = try XMLElement(parsing: document, root: "CreateBucketConfiguration")
            }
        }
        do {
            try await store.createBucket(bucket)
        } catch {
            // In us-east-1 creating an existing bucket again succeeds.
            guard error.code == .bucketExists, region == "us-east-1" else { throw error }
        }
        try await store.updateSettings(of: bucket) { $0.access = accessControl.name }
        return .empty(headers: ["Location": "/\(bucket)"])
    }

    private func location(of bucket: String) throws -> OutgoingResponse {
        _ = try store.bucket(bucket)
        // us-east-1 has an empty location constraint.
        let region = region == "us-east-1" ? "" : region
        var xml = XMLWriter()
        xml.element("LocationConstraint", attributes: #"xmlns="http://s3.amazonaws.com/doc/2006-03-01/""#) {
            $0.text(region)
        }
        return .xml(xml.buffer)
    }
}
