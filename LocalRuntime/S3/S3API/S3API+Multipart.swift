import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectChecksums
import ObjectStore

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
extension S3API {
    private static let partNumbers = 1...10_000

    func startUpload(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        let new = try newObject(call)
        var algorithm: ChecksumAlgorithm?
        if let name = request.header("x-amz-checksum-algorithm") {
            algorithm = ChecksumAlgorithm(name: name)
            guard algorithm != nil else {
                throw S3Error.invalidRequest("Checksum algorithm provided is unsupported.")
            }
        }
        let upload = MultipartUpload(
            key: new.key,
            attributes: new.attributes,
            tags: new.tags,
            access: new.access,
            checksumAlgorithm: algorithm?.rawValue,
            checksumKind: try Self.kind(request, algorithm)
        )
        try await store.startUpload(upload, in: bucket)
        var headers = new.attributes.encryptionHeaders
        if let algorithm, let kind = upload.checksumKind {
            headers.add(name: "x-amz-checksum-algorithm", value: algorithm.rawValue)
            headers.add(name: "x-amz-checksum-type", value: kind.rawValue)
        }
        return .xml(
            XMLWriter.document("InitiateMultipartUploadResult") { xml in
                xml.element("Bucket", bucket)
                xml.element("Key", new.key.text)
                xml.element("UploadId", upload.id)
            },
            headers: headers
        )
    }

    private static func kind(
        _ request: S3Request,
        _ algorithm: ChecksumAlgorithm?
    ) throws -> StoredChecksum.Kind? {
        guard let algorithm else { return nil }
        guard let name = request.header("x-amz-checksum-type") else {
            return algorithm.canBeComposite ? .composite : .fullObject
        }
        let kind = StoredChecksum.Kind(rawValue: name.uppercased())
        switch kind {
        case .composite where algorithm.canBeComposite, .fullObject where algorithm.canBeCombined: return kind
        default:
            throw S3Error.invalidRequest(
                "The \(name) checksum type cannot be used with the \(algorithm.rawValue.lowercased()) checksum algorithm."
            )
        }
    }

    func putPart(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket, key) = (call.request, try call.request.requireBucket(), try call.request.requireKey())
        let number = try partNumber(request)
        let id = request.query["uploadId"] ?? ""
        let upload = try store.upload(id, of: key, in: bucket)
        try ServerSideEncryption.requireKey(ofUpload: upload.attributes, request.header)
        if request.headers.contains(name: "x-amz-copy-source") {
            return try await copyPart(number, upload, call)
        }
        let expected = upload.checksumAlgorithm.flatMap { ChecksumAlgorithm(name: $0) }
        let received = try await call.receiver.store(in: store, computing: expected)
        if let expected, let checksum = received.checksum, checksum.algorithm != expected {
            throw S3Error.invalidRequest(
                "Checksum Type mismatch occurred, expected checksum Type: \(expected.rawValue.lowercased()), "
                    + "actual checksum Type: \(checksum.algorithm.rawValue.lowercased())"
            )
        }
        let part = try await store.putPart(
            number,
            received.data,
            checksum: expected == nil ? nil : received.checksum?.base64,
            upload: id,
            key: key,
            in: bucket
        )
        var headers: HTTPHeaders = ["ETag": "\"\(part.etag)\""]
        headers.add(contentsOf: upload.attributes.encryptionHeaders)
        if let checksum = received.checksum {
            headers.add(name: checksum.algorithm.headerName, value: checksum.base64)
        }
        return .empty(headers: headers)
    }

    func partNumber(_ request: S3Request) throws -> Int {
        let text = request.query["partNumber"] ?? ""
        guard let number = Int(text), Self.partNumbers.contains(number) else {
            throw S3Error.invalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text
            )
        }
        guard request.query.contains("uploadId") else {
            throw S3Error.invalidArgument(
                "This operation does not accept a part number without an upload id",
                "uploadId",
                ""
            )
        }
        return number
    }

    func abortUpload(_ call: S3Call) async throws -> OutgoingResponse {
        try await store.abortUpload(
            call.request.query["uploadId"] ?? "",
            of: try call.request.requireKey(),
            in: try call.request.requireBucket()
        )
        return .empty(.noContent)
    }

    func completeUpload(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket, key) = (call.request, try call.request.requireBucket(), try call.request.requireKey())
        let id = request.query["uploadId"] ?? ""
        let condition = try WriteCondition(ofWrite: request.headers)
        let document = try await call.document("CompleteMultipartUpload", checksumIsOfObject: true)
        // A client that missed the response repeats the request.
        if let object = try? store.object(key, in: bucket), object.uploadID == id {
            return completion(of: object, request, bucket, key)
        }
        let upload = try store.upload(id, of: key, in: bucket)
        let algorithm = upload.checksumAlgorithm.flatMap { ChecksumAlgorithm(name: $0) }
        let named = try document.all("Part").map { part in
            guard let number = part.value("PartNumber").flatMap({ Int($0) }), let etag = part.value("ETag") else {
                throw S3Error.malformedXML
            }
            return NamedPart(
                number: number,
                etag: ETagList.unquoted(etag),
                checksum: algorithm.flatMap { part.value($0.elementName) }
            )
        }
        guard !named.isEmpty, named.count <= Self.partNumbers.count else { throw S3Error.malformedXML }
        let claimed = algorithm.flatMap { request.header($0.headerName) }
        let claimedSize = request.header("x-amz-mp-object-size").flatMap { Int64($0) }
        let new = NewObject(
            key: key,
            condition: condition,
            event: .completeMultipartUpload,
            origin: call.origin
        )
        let object = try await store.completeUpload(id, parts: named, as: new, in: bucket) {
            upload,
            parts throws(ObjectStoreError) in
            let checksum = MultipartChecksum.of(upload, parts)
            if let claimed, let checksum, claimed != checksum.value, !checksum.value.hasPrefix("\(claimed)-") {
                throw ObjectStoreError(.checksumMismatch)
            }
            if let claimedSize, claimedSize != parts.reduce(0, { $0 + $1.size }) {
                throw ObjectStoreError(.checksumMismatch)
            }
            return checksum
        }
        return completion(of: object, request, bucket, key)
    }

    private func completion(
        of object: ObjectRecord,
        _ request: S3Request,
        _ bucket: String,
        _ key: ObjectKey
    ) -> OutgoingResponse {
        .xml(
            XMLWriter.document("CompleteMultipartUploadResult") { xml in
                xml.element("Location", "http://\(request.header("host") ?? "localhost")/\(bucket)/\(key.text)")
                xml.element("Bucket", bucket)
                xml.element("Key", key.text)
                xml.element("ETag", "\"\(object.etag)\"")
                xml.checksum(object.checksum)
            },
            headers: object.attributes.encryptionHeaders
        )
    }

    func listParts(_ call: S3Call) throws -> OutgoingResponse {
        let (query, bucket, key) = (call.request.query, try call.request.requireBucket(), try call.request.requireKey())
        let upload = try store.upload(query["uploadId"] ?? "", of: key, in: bucket)
        let limit = try query.limit("max-parts") ?? 1_000
        let marker = query["part-number-marker"].flatMap { Int($0) } ?? 0
        let rest = upload.parts.values.filter { $0.number > marker }.sorted { $0.number < $1.number }
        let page = rest.prefix(limit)
        return .xml(
            XMLWriter.document("ListPartsResult") { xml in
                xml.element("Bucket", bucket)
                xml.element("Key", key.text)
                xml.element("UploadId", upload.id)
                xml.owner(as: "Initiator")
                xml.owner()
                xml.element("StorageClass", "STANDARD")
                xml.element("ChecksumAlgorithm", ifPresent: upload.checksumAlgorithm)
                xml.element("ChecksumType", ifPresent: upload.checksumKind?.rawValue)
                xml.element("PartNumberMarker", marker)
                xml.element("NextPartNumberMarker", page.last?.number ?? 0)
                xml.element("MaxParts", limit)
                xml.element("IsTruncated", page.count < rest.count)
                for part in page { xml.part(part, algorithm: upload.checksumAlgorithm, withETag: true) }
            }
        )
    }

    func listUploads(_ call: S3Call) throws -> OutgoingResponse {
        let (query, bucket) = (call.request.query, try call.request.requireBucket())
        let encoding = try KeyEncoding(query)
        let limit = try query.limit("max-uploads") ?? 1_000
        let page = UploadPage(
            of: try store.uploads(in: bucket),
            prefix: query["prefix"] ?? "",
            delimiter: query["delimiter"].flatMap { $0.isEmpty ? nil : $0 },
            keyMarker: query["key-marker"] ?? "",
            idMarker: query["upload-id-marker"] ?? "",
            limit: limit
        )
        return .xml(
            XMLWriter.document("ListMultipartUploadsResult") { xml in
                xml.element("Bucket", bucket)
                xml.element("KeyMarker", encoding.encode(query["key-marker"] ?? ""))
                xml.element("UploadIdMarker", query["upload-id-marker"] ?? "")
                if let next = page.next {
                    xml.element("NextKeyMarker", encoding.encode(next.key))
                    xml.element("NextUploadIdMarker", next.id)
                }
                xml.element("Prefix", encoding.encode(query["prefix"] ?? ""))
                xml.element("Delimiter", ifPresent: query["delimiter"].map(encoding.encode))
                encoding.write(to: &xml)
                xml.element("MaxUploads", limit)
                xml.element("IsTruncated", page.next != nil)
                for upload in page.uploads {
                    xml.element("Upload") { xml in
                        xml.element("Key", encoding.encode(upload.key.text))
                        xml.element("UploadId", upload.id)
                        xml.owner(as: "Initiator")
                        xml.owner()
                        xml.element("StorageClass", "STANDARD")
                        xml.element("Initiated", timestamp: upload.startedAt)
                        xml.element("ChecksumAlgorithm", ifPresent: upload.checksumAlgorithm)
                        xml.element("ChecksumType", ifPresent: upload.checksumKind?.rawValue)
                    }
                }
                for prefix in page.commonPrefixes {
                    xml.element("CommonPrefixes") { $0.element("Prefix", encoding.encode(prefix)) }
                }
            }
        )
    }
}
