import FoundationEssentials
import NIOHTTP1
import ObjectChecksums

/// What the headers of a request say about its body.
struct BodyClaims {
    /// The body's size on the wire; nil with `Transfer-Encoding: chunked`.
    let length: Int64?
    /// The size without the framing of `aws-chunked`; nil without this framing.
    let decodedLength: Int64?
    let md5: [UInt8]?
    let algorithm: ChecksumAlgorithm?
    let value: ChecksumValue?
    /// Whether the checksum is in a trailer.
    let isTrailing: Bool

    /// - Parameter withoutChecksum: Whether to ignore checksum headers.
    init(_ request: S3Request, withoutChecksum: Bool = false) throws {
        length = request.header("content-length").flatMap { Int64($0) }
        decodedLength = request.header("x-amz-decoded-content-length").flatMap { Int64($0) }
        md5 = try request.header("content-md5").map { text in
            guard let bytes = Data(base64Encoded: text), bytes.count == 16 else {
                throw S3Error(.badRequest, "InvalidDigest", "The Content-MD5 you specified was invalid.")
            }
            return Array(bytes)
        }
        guard !withoutChecksum else {
            (algorithm, value, isTrailing) = (nil, nil, false)
            return
        }
        let headers = request.headers.compactMap { header in
            ChecksumAlgorithm(headerName: header.name).map { ($0, header.value) }
        }
        guard headers.count <= 1 else {
            throw S3Error.invalidRequest(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            )
        }
        let trailer = request.header("x-amz-trailer").flatMap { ChecksumAlgorithm(headerName: $0) }
        var named: ChecksumAlgorithm?
        if let name = request.header("x-amz-sdk-checksum-algorithm") {
            named = ChecksumAlgorithm(name: name)
            guard named != nil else {
                throw S3Error.invalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
            }
        }
        isTrailing = headers.isEmpty && trailer != nil
        algorithm = headers.first?.0 ?? trailer ?? named
        value = try headers.first.map { try Self.value($0.0, $0.1) }
    }

    static func value(_ algorithm: ChecksumAlgorithm, _ text: String) throws -> ChecksumValue {
        guard let value = ChecksumValue(algorithm, base64: text) else {
            throw S3Error.invalidRequest("Value for \(algorithm.headerName) header is invalid.")
        }
        return value
    }
}
