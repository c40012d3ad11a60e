import Crypto
import FoundationEssentials
import HTTPListener
import NIOHTTP1
import ObjectStore

/// The encryption that a request specifies.
///
/// Nothing is encrypted. But clients get the responses of S3, and an object that was stored with a customer's key can
/// only be read with that key.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
struct ServerSideEncryption: Sendable {
    private static let method = "x-amz-server-side-encryption"
    private static let keyID = "x-amz-server-side-encryption-aws-kms-key-id"
    private static let customerAlgorithm = "x-amz-server-side-encryption-customer-algorithm"
    private static let customerKey = "x-amz-server-side-encryption-customer-key"
    private static let customerDigest = "x-amz-server-side-encryption-customer-key-md5"

    /// The headers that are stored with an object.
    static let storedHeaders = [method, keyID, customerAlgorithm, customerDigest]

    /// The encryption as headers of an object.
    let headers: [String: String]

    /// - Parameters:
    ///   - settings: The bucket's settings, for a request that specifies no encryption.
    ///   - value: Looks up a header, or a form's field of the same name.
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
        // Since 2023 S3 encrypts every object.
        let requested = value(Self.method)
        let method = requested ?? settings.encryption?.method ?? "AES256"
        let keyID = requested == nil ? settings.encryption?.keyID : value(Self.keyID)
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

    /// Refuses a request without the customer's key that an object was stored with.
    ///
    /// - Parameter prefix: `x-amz-`, or `x-amz-copy-source-`.
    static func requireKey(
        to attributes: ObjectAttributes,
        prefix: String = "x-amz-",
        _ value: (_ name: String) -> String?
    ) throws {
        let digest = try customerDigest(prefix: prefix, value)
        let stored = attributes.headers[customerDigest]
        guard digest != stored else { return }
        guard digest != nil else {
            throw S3Error.invalidRequest(
                "The object was stored using a form of Server Side ServerSideEncryption. The correct parameters must be provided to "
                    + "retrieve the object."
            )
        }
        guard stored == nil else { throw S3Error.accessDenied }
        throw S3Error.invalidRequest("The encryption parameters are not applicable to this object.")
    }

    /// Refuses a part without the customer's key that its upload began with.
    static func requireKey(ofUpload attributes: ObjectAttributes, _ value: (_ name: String) -> String?) throws {
        guard try customerDigest(prefix: "x-amz-", value) == attributes.headers[customerDigest] else {
            throw S3Error.invalidRequest(
                "The provided encryption parameters did not match the ones used originally."
            )
        }
    }

    /// The digest of the customer's key in a request; nil without a key.
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
        guard let digest, Data(base64Encoded: digest) == Data(Insecure.MD5.hash(data: bytes)) else {
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
    /// The headers about encryption in responses to uploads.
    var encryptionHeaders: HTTPHeaders {
        HTTPHeaders(ServerSideEncryption.storedHeaders.compactMap { name in headers[name].map { (name, $0) } })
    }

    mutating func replaceEncryption(by encryption: ServerSideEncryption) {
        for name in ServerSideEncryption.storedHeaders { headers[name] = encryption.headers[name] }
    }
}
