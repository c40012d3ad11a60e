import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    /// The maximum number of keys in one request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    private static let maximumDeletions = 1_000

    func deleteObjects(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        _ = try store.bucket(bucket)
        let document = try await call.document("Delete")
        let named = document.all("Object")
        guard !named.isEmpty, named.count <= Self.maximumDeletions else { throw S3Error.malformedXML }
        let isQuiet = document.value("Quiet") == "true"
        let conditions = try named.map { try WriteCondition(ofNamed: $0) }
        var results: [(key: String, error: S3Error?)] = []
        for (object, condition) in zip(named, conditions) {
            guard let key = object["Key"]?.text, !key.isEmpty else { throw S3Error.malformedXML }
            results.append((key, await deleteOne(key, object, condition, call, bucket)))
        }
        return .xml(
            XMLWriter.document("DeleteResult") { xml in
                for (key, error) in results {
                    if let error {
                        xml.element("Error") { xml in
                            xml.element("Key", key)
                            xml.element("Code", error.code)
                            xml.element("Message", error.message)
                        }
                    } else if !isQuiet {
                        xml.element("Deleted") { $0.element("Key", key) }
                    }
                }
            }
        )
    }

    /// - Returns: The error, which the response lists with the object.
    private func deleteOne(
        _ key: String,
        _ named: XMLElement,
        _ condition: WriteCondition,
        _ call: S3Call,
        _ bucket: String
    ) async -> S3Error? {
        if let version = named.value("VersionId"), !version.isEmpty, version != "null" {
            return S3Error(.badRequest, "NoSuchVersion", "The specified version does not exist.")
        }
        do throws(ObjectStoreError) {
            try await store.delete(ObjectKey(key), in: bucket, condition: condition, origin: call.origin)
            return nil
        } catch {
            return S3Error(error, call.request)
        }
    }
}
