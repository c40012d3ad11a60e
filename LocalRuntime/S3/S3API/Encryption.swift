import FoundationEssentials
import HTTPListener
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// What a request says about encryption, and what answers say of it afterwards.
///
/// Nothing is encrypted here: the bytes lie on the disk of whoever runs this. But clients get the answers they would get,
/// and an object that was stored with a customer's key is given to nobody without that key.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
struct Encryption: Sendable {
    private static let method = "x-amz-server-side-encryption"
    private static let keyID = "x-amz-server-side-encryption-aws-kms-key-id"
    private static let customerAlgorithm = "x-amz-server-side-encryption-customer-algorithm"
    private static let customerKey = "x-amz-server-side-encryption-customer-key"
    private static let customerDigest = "x-amz-server-side-encryption-customer-key-md5"

    /// What is kept with an object.
    static let storedHeaders = [method, keyID, customerAlgorithm, customerDigest]

    /// As headers of an object.
    let headers: [String: String]

    /// - Parameters:
    ///   - value: The value of a header, or of the form's field in its place.
    ///   - settings: Those of the bucket, which say what to do where the request does not.
    init(settings: BucketSettings, _ value: (_ name: String) -> String?) throws {
        if let digest = try Self.customerDigest(prefix: "x-amz-", value) {
            guard value(Self.method) == nil else {
                throw S3Error.invalidArgument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method "
                        + "specified",
                    Self.method,
                    value(Self.method) ?? ""
                )
            }
            headers = [Self.customerAlgorithm: "AES256", Self.customerDigest: digest]
            return
        }
        // Since 2023 S3 encrypts whatever it is not told to.
        let asked = value(Self.method)
        let method = asked ?? settings.encryption?.method ?? "AES256"
        let keyID = asked == nil ? settings.encryption?.keyID : value(Self.keyID)
        guard Self.isKnown(method) else {
            throw S3Error.invalidArgument("The encryption method specified is not supported", Self.method, method)
        }
        guard method != "AES256" || value(Self.keyID) == nil else {
            throw S3Error.invalidArgument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
                    + "aws:kms",
                Self.method,
                method
            )
        }
        var headers = [Self.method: method]
        if let keyID, HTTPHeaders.isWellFormed(name: Self.keyID, value: keyID) { headers[Self.keyID] = keyID }
        self.headers = headers
    }

    static func isKnown(_ method: String) -> Bool { ["AES256", "aws:kms", "aws:kms:dsse"].contains(method) }

    /// Refuses whoever does not bring the key that an object was stored with.
    ///
    /// - Parameter prefix: `x-amz-`, or `x-amz-copy-source-`.
    static func requireKey(
        to attributes: ObjectAttributes,
        prefix: String = "x-amz-",
        _ value: (_ name: String) -> String?
    ) throws {
        let brought = try customerDigest(prefix: prefix, value)
        let stored = attributes.headers[customerDigest]
        guard brought != stored else { return }
        guard brought != nil else {
            throw S3Error.invalidRequest(
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
                    + "retrieve the object."
            )
        }
        guard stored == nil else { throw S3Error.accessDenied }
        throw S3Error.invalidRequest("The encryption parameters are not applicable to this object.")
    }

    /// Refuses parts that do not come with the key that their upload began with.
    static func requireKey(ofUpload attributes: ObjectAttributes, _ value: (_ name: String) -> String?) throws {
        guard try customerDigest(prefix: "x-amz-", value) == attributes.headers[customerDigest] else {
            throw S3Error.invalidRequest(
                "The provided encryption parameters did not match the ones used originally."
            )
        }
    }

    /// The digest of the key that a request brings; nil if it brings none.
    private static func customerDigest(prefix: String, _ value: (_ name: String) -> String?) throws -> String? {
        func header(_ name: String) -> String? { value(prefix + name.dropFirst("x-amz-".count)) }
        let (algorithm, key, digest) = (header(customerAlgorithm), header(customerKey), header(customerDigest))
        guard algorithm != nil || key != nil || digest != nil else { return nil }
        guard algorithm == "AES256" else {
            throw S3Error.invalidArgument(
                "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
                    + "algorithm.",
                customerAlgorithm,
                algorithm ?? ""
            )
        }
        guard let key, let bytes = Data(base64Encoded: key), bytes.count == 32 else {
            throw S3Error.invalidArgument(
                "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate "
                    + "secret key.",
                customerKey,
                ""
            )
        }
        var computed = MD5Digest()
        computed.update(Array(bytes))
        guard let digest, Data(base64Encoded: digest).map(Array.init) == computed.bytes else {
            throw S3Error.invalidArgument(
                "The calculated MD5 hash of the key did not match the hash that was provided.",
                customerDigest,
                digest ?? ""
            )
        }
        return digest
    }
}

extension ObjectAttributes {
    /// What answers to uploads say of encryption.
    var encryptionHeaders: HTTPHeaders {
        HTTPHeaders(Encryption.storedHeaders.compactMap { name in headers[name].map { (name, $0) } })
    }

    mutating func replaceEncryption(by encryption: Encryption) {
        for name in Encryption.storedHeaders { headers[name] = encryption.headers[name] }
    }
}

extension S3API {
    /// What a bucket encrypts objects with unless it is told otherwise.
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
                let method = rule.value("SSEAlgorithm"), Encryption.isKnown(method)
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
