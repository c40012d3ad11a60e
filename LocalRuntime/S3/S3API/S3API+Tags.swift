import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    func objectTags(_ call: S3Call) async throws -> OutgoingResponse {
        let (key, bucket) = (try call.request.requireKey(), try call.request.requireBucket())
        try requireNullVersion(call.request)
        switch call.request.method {
        case .GET: return TagSet.response(try store.object(key, in: bucket).tags)
        case .PUT:
            try await store.setTags(try TagSet.parse(try await call.document("Tagging")), of: key, in: bucket)
            return .empty()
        case .DELETE:
            try await store.setTags([], of: key, in: bucket)
            return .empty(.noContent)
        default: throw S3Error.methodNotAllowed
        }
    }

    func bucketTags(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        switch call.request.method {
        case .GET:
            let tags = try store.bucket(bucket).settings.tags
            guard !tags.isEmpty else {
                throw S3Error(.notFound, "NoSuchTagSet", "The TagSet does not exist").with("BucketName", bucket)
            }
            return TagSet.response(tags)
        case .PUT:
            let tags = try TagSet.parse(try await call.document("Tagging"), isOfBucket: true)
            try await store.updateSettings(of: bucket) { $0.tags = tags }
            return .empty(.noContent)
        case .DELETE:
            try await store.updateSettings(of: bucket) { $0.tags = [] }
            return .empty(.noContent)
        default: throw S3Error.methodNotAllowed
        }
    }
}
