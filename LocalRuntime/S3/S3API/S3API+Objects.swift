import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1
import ObjectChecksums
import ObjectStore

extension S3API {
    func answerForObject(_ call: S3Call) async throws -> OutgoingResponse {
        let request = call.request
        switch (request.method, request.subresource) {
        case (_, "acl"): return try await accessControl(call)
        case (_, "tagging"): return try await objectTags(call)
        case (.GET, "attributes"): return try attributes(call)
        case (.POST, "uploads"): return try await startUpload(call)
        case (_, let name?): throw S3Error.notImplemented("The part of the API named by '\(name)'")
        case (.PUT, nil) where request.query.contains("partNumber"): return try await putPart(call)
        case (.POST, nil) where request.query.contains("uploadId"): return try await completeUpload(call)
        case (.GET, nil) where request.query.contains("uploadId"): return try listParts(call)
        case (.DELETE, nil) where request.query.contains("uploadId"): return try await abortUpload(call)
        case (.GET, nil), (.HEAD, nil): return try getObject(call)
        case (.PUT, nil) where request.headers.contains(name: "x-amz-copy-source"): return try await copyObject(call)
        case (.PUT, nil): return try await putObject(call)
        case (.DELETE, nil): return try await deleteObject(call)
        default: throw S3Error.methodNotAllowed
        }
    }

    // MARK: Reading

    private func getObject(_ call: S3Call) throws -> OutgoingResponse {
        let request = call.request
        let object = try store.object(try request.requireKey(), in: try request.requireBucket())
        try requireNullVersion(request)
        try ServerSideEncryption.requireKey(to: object.attributes, request.header)
        var headers = headers(of: object)
        do {
            try ReadConditions(request.headers, prefix: "").check(object)
        } catch var error as S3Error {
            for name in ["ETag", "Last-Modified", "Cache-Control", "Expires"] {
                if let value = headers.first(name: name) { error.headers.add(name: name, value: value) }
            }
            throw error
        }
        let selection = try ObjectRange(request, object)
        if let contentRange = selection.contentRange(size: object.size) {
            headers.replaceOrAdd(name: "Content-Range", value: contentRange)
        }
        if request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED",
            let checksum = selection.checksum(of: object)
        {
            headers.add(checksum)
        }
        if selection.partNumber != nil, !object.parts.isEmpty {
            headers.add(name: "x-amz-mp-parts-count", value: "\(object.parts.count)")
        }
        try overrideHeaders(&headers, call)
        headers.replaceOrAdd(name: "Content-Length", value: "\(selection.range.count)")
        let status: HTTPResponseStatus = selection.isPartial ? .partialContent : .ok
        guard request.method == .GET, !selection.range.isEmpty else { return .empty(status, headers: headers) }
        let slices = store.slices(of: object, range: selection.range).map { slice in
            FileSlice(offset: slice.offset, count: slice.count) { try slice.open() }
        }
        return OutgoingResponse(status: status, headers: headers, body: .files(slices))
    }

    /// The headers of every response about an object.
    func headers(of object: ObjectRecord) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "ETag": "\"\(object.etag)\"",
            "Last-Modified": UnixTime(milliseconds: object.modifiedAt).httpDate,
            "Accept-Ranges": "bytes",
        ]
        for (name, value) in object.attributes.headers.sorted(by: { $0.key < $1.key }) {
            headers.add(name: name, value: value)
        }
        if !headers.contains(name: "content-type") {
            headers.add(name: "Content-Type", value: "binary/octet-stream")
        }
        for (name, value) in object.attributes.metadata.sorted(by: { $0.key < $1.key }) {
            headers.add(name: "x-amz-meta-\(name)", value: value)
        }
        if !object.tags.isEmpty { headers.add(name: "x-amz-tagging-count", value: "\(object.tags.count)") }
        return headers
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
    private func overrideHeaders(_ headers: inout HTTPHeaders, _ call: S3Call) throws {
        for name in [
            "content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding",
        ] {
            guard let value = call.request.query["response-\(name)"] else { continue }
            guard HTTPHeaders.isWellFormed(name: name, value: value) else {
                throw S3Error.invalidArgument("The header value is invalid.", "response-\(name)", value)
            }
            headers.replaceOrAdd(name: name, value: value)
        }
    }

    /// Refuses all versions but `null`, the only one without versioning.
    func requireNullVersion(_ request: S3Request) throws {
        guard let version = request.query["versionId"], version != "null" else { return }
        throw S3Error.invalidArgument("Invalid version id specified", "versionId", version)
    }

    // MARK: Writing

    private func putObject(_ call: S3Call) async throws -> OutgoingResponse {
        let (request, bucket) = (call.request, try call.request.requireBucket())
        guard !request.headers.contains(name: "x-amz-write-offset-bytes") else {
            throw S3Error.notImplemented("Appending to an object")
        }
        _ = try store.bucket(bucket)
        var new = try newObject(call)
        new.condition = try WriteCondition(ofWrite: request.headers)
        new.observed = try store.observe(new.key, in: bucket)
        let received = try await call.receiver.store(in: store)
        new.checksum = received.checksum.map { StoredChecksum($0) }
        let object = try await store.put(new, received.data, in: bucket)
        return .empty(headers: acknowledgement(of: object))
    }

    /// The new object as the headers of a request describe it.
    func newObject(_ call: S3Call) throws -> NewObject {
        let settings = try store.bucket(try call.request.requireBucket()).settings
        var attributes = try ObjectAttributes(call.request.headers)
        attributes.replaceEncryption(by: try ServerSideEncryption(settings: settings, call.request.header))
        return NewObject(
            key: try call.request.requireKey(),
            attributes: attributes,
            tags: try TagSet.parse(header: call.request.header("x-amz-tagging")),
            access: try CannedACL(call.request.headers, default: .private).name,
            origin: call.origin
        )
    }

    func acknowledgement(of object: ObjectRecord) -> HTTPHeaders {
        var headers: HTTPHeaders = ["ETag": "\"\(object.etag)\""]
        if let checksum = object.checksum { headers.add(checksum) }
        headers.add(contentsOf: object.attributes.encryptionHeaders)
        return headers
    }

    private func deleteObject(_ call: S3Call) async throws -> OutgoingResponse {
        try requireNullVersion(call.request)
        try await store.delete(
            try call.request.requireKey(),
            in: try call.request.requireBucket(),
            condition: try WriteCondition(ofDeletion: call.request.headers),
            origin: call.origin
        )
        return .empty(.noContent)
    }
}

extension HTTPHeaders {
    mutating func add(_ checksum: StoredChecksum) {
        add(name: "x-amz-checksum-\(checksum.algorithm.lowercased())", value: checksum.value)
        add(name: "x-amz-checksum-type", value: checksum.kind.rawValue)
    }
}

extension StoredChecksum {
    init(_ value: ChecksumValue) {
        self.init(algorithm: value.algorithm.rawValue, value: value.base64)
    }
}
