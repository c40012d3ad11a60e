import AWSSignature
import ByteEncodings
import Crypto
import EmulatorCore
import FormData
import FoundationEssentials
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// Uploads by a browser's form, which has its policy and signature in fields.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
extension S3API {
    func postObject(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let settings = try store.bucket(bucket).settings
        do {
            var upload = try FormUpload(request, call.body)
            let (fields, file) = try await upload.readFields()
            let form = try PostForm(fields: fields, bucket: bucket, fileName: file.name)
            guard let key = form["key"], !key.isEmpty else {
                throw S3Error.invalidArgument(
                    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the "
                        + "fields.",
                    "key",
                    ""
                )
            }
            let post = try call.verifier.verify(form, at: Date())
            if post == nil, !CannedACL(stored: settings.access).allowsPublicWrite { throw S3Error.accessDenied }
            var new = try newObject(ObjectKey(key), form, call, post)
            new.attributes.replaceEncryption(by: try ServerSideEncryption(settings: settings) { form[$0] })
            let received = try await receive(&upload, form, allowed: post?.policy.contentLength)
            new.checksum = received.checksum.map { StoredChecksum($0) }
            let object = try await store.put(new, received.data, in: bucket)
            return answer(form, object, new.key, request, bucket)
        } catch let error as PostError {
            throw S3Error(
                HTTPResponseStatus(statusCode: error.code.status),
                error.code.description,
                error.message
            )
        } catch let error as FormDataError {
            let code =
                switch error.code {
                case .fieldsTooLarge: "MaxPostPreDataLengthExceeded"
                case .withoutFile: "IncorrectNumberOfFilesInPostRequest"
                case .incomplete, .malformed: "MalformedPOSTRequest"
                }
            throw S3Error(.badRequest, code, error.message)
        }
    }

    private func newObject(
        _ key: ObjectKey,
        _ form: PostForm,
        _ call: S3Call,
        _ post: VerifiedPost?
    ) throws -> NewObject {
        guard key.bytes.count <= ObjectKey.maximumLength else {
            throw S3Error(.badRequest, "KeyTooLongError", "Your key is too long")
        }
        var origin = call.origin
        if let post { origin.principalID = "AWS:\(post.accessKeyID)" }
        var tags: [ObjectTag] = []
        if let text = form["tagging"] {
            tags = try TagSet.parse(try XMLElement(parsing: ByteBuffer(string: text), root: "Tagging"))
        }
        return NewObject(
            key: key,
            attributes: try ObjectAttributes(fields: form.names.map { (name: $0, value: form[$0] ?? "") }),
            tags: tags,
            access: try form["acl"].map { try CannedACL(named: $0).name },
            event: .post,
            origin: origin
        )
    }

    private func receive(
        _ upload: inout FormUpload,
        _ form: PostForm,
        allowed: ClosedRange<Int>?
    ) async throws -> ReceivedBody {
        let claims = try form.names.compactMap { name in
            try ChecksumAlgorithm(headerName: name).map { try BodyClaims.value($0, form[name] ?? "") }
        }
        let algorithm =
            claims.first?.algorithm ?? form["x-amz-checksum-algorithm"].flatMap { ChecksumAlgorithm(name: $0) }
        let writer = store.writer(computing: BodyDigests(sha256: nil, checksum: algorithm.map { Checksum($0) }))
        var size = 0
        while let bytes = try await upload.readFile() {
            size += bytes.readableBytes
            guard size <= allowed?.upperBound ?? Int(BodyReceiver.maximumSize) else {
                throw S3Error.entityTooLarge
                    .with("ProposedSize", "\(size)").with("MaxSizeAllowed", "\(allowed?.upperBound ?? 0)")
            }
            try await writer.write(bytes)
        }
        if let allowed, size < allowed.lowerBound {
            throw S3Error(
                .badRequest,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size"
            ).with("ProposedSize", "\(size)").with("MinSizeAllowed", "\(allowed.lowerBound)")
        }
        let data = try await writer.finish()
        let checksum = data.digest.checksum?.value
        for claim in claims where claim != checksum { throw BodyReceiver.mismatch(of: claim.algorithm) }
        if let claim = form["content-md5"], Data(base64Encoded: claim).map(Array.init) != data.md5 {
            throw S3Error.badDigest
        }
        return ReceivedBody(data: data, checksum: checksum)
    }

    private func answer(
        _ form: PostForm,
        _ object: ObjectRecord,
        _ key: ObjectKey,
        _ request: S3Request,
        _ bucket: String
    ) -> OutgoingResponse {
        let location = "http://\(request.header("host") ?? "localhost")/\(bucket)/\(PercentEncoding.encode(key.text))"
        var headers = acknowledgement(of: object)
        if let target = form["success_action_redirect"] ?? form["redirect"], target.contains("://"),
            HTTPHeaders.isWellFormed(name: "location", value: target)
        {
            let mark = target.contains("?") ? "&" : "?"
            let query = [("bucket", bucket), ("key", key.text), ("etag", "\"\(object.etag)\"")]
                .map { "\($0.0)=\(PercentEncoding.encode($0.1))" }
                .joined(separator: "&")
            headers.add(name: "Location", value: "\(target)\(mark)\(query)")
            return .empty(.seeOther, headers: headers)
        }
        headers.add(name: "Location", value: location)
        switch form["success_action_status"] {
        case "200": return .empty(headers: headers)
        case "201":
            let document = XMLWriter.document("PostResponse", hasNamespace: false) { xml in
                xml.element("Location", location)
                xml.element("Bucket", bucket)
                xml.element("Key", key.text)
                xml.element("ETag", "\"\(object.etag)\"")
            }
            headers.add(name: "Content-Type", value: "application/xml")
            return OutgoingResponse(status: .created, headers: headers, body: .bytes(document))
        default: return .empty(.noContent, headers: headers)
        }
    }
}
