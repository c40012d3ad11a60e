import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    /// The default encryption of a bucket.
    func encryptionSettings(_ call: S3Call) async throws -> OutgoingResponse {
        let bucket = try call.request.requireBucket()
        switch call.request.method {
        case .GET:
            let encryption = try store.bucket(bucket).settings.encryption
            return .xml(
                XMLWriter.document("ServerSideEncryptionConfiguration") { xml in
                    xml.element("Rule") { xml in
                        xml.element("ApplyServerSideEncryptionByDefault") { xml in
                            xml.element("SSEAlgorithm", encryption?.method ?? "AES256")
                            xml.element("KMSMasterKeyID", ifPresent: encryption?.keyID)
                        }
                        xml.element("BucketKeyEnabled", false)
                    }
                }
            )
        case .PUT:
            let document = try await call.document("ServerSideEncryptionConfiguration")
            guard let rule = document["Rule"]?["ApplyServerSideEncryptionByDefault"],
                let method = rule.value("SSEAlgorithm"), ServerSideEncryption.isKnown(method)
            else { throw S3Error.malformedXML }
            let encryption = BucketEncryption(method: method, keyID: rule.value("KMSMasterKeyID"))
            try await store.updateSettings(of: bucket) { $0.encryption = encryption }
            return .empty()
        case .DELETE:
            try await store.updateSettings(of: bucket) { $0.encryption = nil }
            return .empty(.noContent)
        default: throw S3Error.methodNotAllowed
        }
    }
}
