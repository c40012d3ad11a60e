import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
extension S3API {
    func copyObject(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let source = try CopySource(request)
        let object = try sourceObject(source, call)
        _ = try store.bucket(bucket)
        var new = try newObject(call)
        new.event = .copy
        new.condition = try WriteCondition(ofWrite: request.headers)
        new.observed = try store.observe(new.key, in: bucket)
        let replacesMetadata = try Self.directive("x-amz-metadata-directive", request)
        let replacesTags = try Self.directive("x-amz-tagging-directive", request)
        let isSame = source.bucket == bucket && source.key == new.key
        let changes = ["x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption"]
        guard !isSame || replacesMetadata || changes.contains(where: { request.headers.contains(name: $0) }) else {
            throw S3Error.invalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                    + "object's metadata, storage class, website redirect location or encryption attributes."
            )
        }
        if !replacesMetadata {
            let encryption = new.attributes.headers.filter { ServerSideEncryption.storedHeaders.contains($0.key) }
            new.attributes = object.attributes
            for name in ServerSideEncryption.storedHeaders { new.attributes.headers[name] = encryption[name] }
        }
        if !replacesTags { new.tags = object.tags }
        new.checksum = object.checksum
        var requested: ChecksumAlgorithm?
        if let name = request.header("x-amz-checksum-algorithm") {
            requested = ChecksumAlgorithm(name: name)
            guard requested != nil else {
                throw S3Error.invalidRequest("Checksum algorithm provided is unsupported.")
            }
        }
        let copy: ObjectRecord
        let hasChecksum = requested == nil || object.checksum?.algorithm == requested?.rawValue
        if object.parts.isEmpty, hasChecksum {
            copy = try await store.copy(object, to: new, in: bucket)
        } else {
            // A copy of an object with parts has no parts, so its digests differ.
            let algorithm = requested ?? object.checksum.flatMap { ChecksumAlgorithm(name: $0.algorithm) }
            let data = try await copyBytes(of: object, range: 0..<object.size, computing: algorithm)
            new.checksum = data.digest.checksum.map { StoredChecksum($0.value) }
            copy = try await store.put(new, data, in: bucket)
        }
        return .xml(
            XMLWriter.document("CopyObjectResult") { xml in
                xml.element("LastModified", timestamp: copy.modifiedAt)
                xml.element("ETag", "\"\(copy.etag)\"")
                xml.checksum(copy.checksum)
            },
            headers: copy.attributes.encryptionHeaders
        )
    }

    func copyPart(_ number: Int, _ upload: MultipartUpload, _ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let object = try sourceObject(try CopySource(request), call)
        var range = 0..<object.size
        if let text = request.header("x-amz-copy-source-range") {
            let last = text.split(separator: "-").last.flatMap { Int64($0) }
            guard let requested = try ObjectRange.range(text, size: object.size), let last, text.first == "b",
                !text.hasPrefix("bytes=-")
            else {
                throw S3Error.invalidArgument(
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
                        + "the zero-based offsets of the first and last bytes to copy",
                    "x-amz-copy-source-range",
                    text
                )
            }
            guard last < object.size else {
                throw S3Error(
                    .rangeNotSatisfiable,
                    "InvalidRange",
                    "Range specified is not valid for source object of size: \(object.size)"
                ).with("RangeRequested", text)
            }
            range = requested
        }
        let algorithm = upload.checksumAlgorithm.flatMap { ChecksumAlgorithm(name: $0) }
        let data = try await copyBytes(of: object, range: range, computing: algorithm)
        let part = try await store.putPart(
            number,
            data,
            checksum: data.digest.checksum?.value.base64,
            upload: upload.id,
            key: upload.key,
            in: bucket
        )
        return .xml(
            XMLWriter.document("CopyPartResult") { xml in
                xml.element("LastModified", timestamp: part.modifiedAt)
                xml.element("ETag", "\"\(part.etag)\"")
                if let algorithm { xml.element(algorithm.elementName, ifPresent: part.checksum) }
            },
            headers: upload.attributes.encryptionHeaders
        )
    }

    private func copyBytes(
        of object: ObjectRecord,
        range: Range<Int64>,
        computing algorithm: ChecksumAlgorithm?
    ) async throws -> WrittenData<BodyDigests> {
        let writer = store.writer(computing: BodyDigests(sha256: nil, checksum: algorithm.map { Checksum($0) }))
        let reader = store.reader(of: object, range: range)
        while let bytes = try await reader.read() { try await writer.write(bytes) }
        return try await writer.finish()
    }

    private func sourceObject(_ source: CopySource, _ call: S3Call) throws -> ObjectRecord {
        let object: ObjectRecord
        do {
            object = try store.object(source.key, in: source.bucket)
        } catch {
            // The error names the source, not the target.
            var request = call.request
            (request.bucket, request.key) = (source.bucket, source.key)
            throw S3Error(error, request)
        }
        if case .anonymous = call.requester, !CannedACL(stored: object.access).allowsPublicRead {
            throw S3Error.accessDenied
        }
        try ServerSideEncryption.requireKey(to: object.attributes, prefix: "x-amz-copy-source-", call.request.header)
        try ReadConditions(call.request.headers, prefix: "x-amz-copy-source-").check(object)
        return object
    }

    /// - Returns: Whether the values in the request replace those of the source.
    private static func directive(_ name: String, _ request: S3Request) throws -> Bool {
        switch request.header(name) {
        case nil, "COPY": return false
        case "REPLACE": return true
        case .some(let value):
            throw S3Error.invalidArgument("Unknown directive.", name, value)
        }
    }
}
