import Files
import FoundationEssentials
import ObjectStorage

/// Signs what a client sends to S3 to upload a file: one form, or, for a large file, a request for each part.
struct UploadPlanner {
    struct Plan {
        var instructions: UploadInstructions
        /// When the instructions can no longer be used.
        var expiry: Date
    }

    /// The largest file that is sent as one form, in bytes. A larger upload takes long enough to be interrupted, and
    /// sending one part again is faster than sending the whole file again.
    static let largestForm: Int64 = 100 << 20
    /// The size of each part except the last, in bytes. S3 allows 5 MiB and more, and up to 10,000 parts.
    static let partSize: Int64 = 16 << 20
    /// How long a form can be used, in seconds.
    static let formLifetime = 3_600
    /// How long the parts can be uploaded, in seconds: enough for 5 GiB at 12 Mbit/s.
    ///
    /// A URL also expires with the credentials that signed it, a function's own, and Lambda does not say when they do. An
    /// hour is the shortest session of a role; see
    /// [Presigned URL expiring early](https://repost.aws/knowledge-center/presigned-url-s3-bucket-expiration).
    static let partsLifetime = 3_600
    /// How long after its instructions expired an upload may still arrive and be confirmed, in seconds.
    static let confirmationTime = 900

    let objects: any Objects
    let presigner: ObjectPresigner
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    /// How long a file of this size counts without being confirmed, in seconds.
    ///
    /// The parts of an upload that is never completed stay in S3 for a day or two, so they count like a confirmed file.
    ///
    /// - Parameter window: How long a confirmed file counts.
    static func reservation(forSize size: Int64, window: Int) -> Int {
        let lifetime = (size > largestForm ? partsLifetime : formLifetime) + confirmationTime
        return size > largestForm ? max(lifetime, window) : lifetime
    }

    func plan(_ file: FileID, size: Int64) async throws -> Plan {
        let time = now()
        guard size > Self.largestForm else {
            let upload = ObjectAddress(bucket: bucket, key: file.uploadKey)
            return Plan(
                instructions: .form(form(for: upload, contentType: file.type.contentType, size: size, at: time)),
                expiry: time + TimeInterval(Self.formLifetime)
            )
        }
        // Once an upload in parts is completed, its URLs change nothing any more.
        let address = ObjectAddress(bucket: bucket, key: file.rawValue)
        let id = try await objects.createMultipartUpload(address, contentType: file.type.contentType)
        return Plan(
            instructions: .parts(parts(of: address, uploadID: id, size: size, at: time)),
            expiry: time + TimeInterval(Self.partsLifetime)
        )
    }

    private func form(
        for address: ObjectAddress,
        contentType: String,
        size: Int64,
        at time: Date
    ) -> UploadInstructions.Form {
        let form = presigner.post(
            address,
            contentType: contentType,
            size: size,
            lifetime: Self.formLifetime,
            at: time
        )
        let fields = Dictionary(form.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        return UploadInstructions.Form(url: form.url, fields: fields)
    }

    private func parts(
        of address: ObjectAddress,
        uploadID: String,
        size: Int64,
        at time: Date
    ) -> UploadInstructions.Parts {
        let count = Int((size + Self.partSize - 1) / Self.partSize)
        let parts = (1...count).map { number in
            let partSize = min(Self.partSize, size - Int64(number - 1) * Self.partSize)
            let url = presigner.uploadPart(
                address,
                uploadID: uploadID,
                number: number,
                size: partSize,
                lifetime: Self.partsLifetime,
                at: time
            )
            return UploadInstructions.Part(partNumber: number, size: partSize, url: url)
        }
        let complete = presigner.completeMultipartUpload(
            address,
            uploadID: uploadID,
            lifetime: Self.partsLifetime,
            at: time
        )
        let abort = presigner.abortMultipartUpload(
            address,
            uploadID: uploadID,
            lifetime: Self.partsLifetime,
            at: time
        )
        return UploadInstructions.Parts(
            parts: parts,
            complete: .init(method: "POST", url: complete),
            abort: .init(method: "DELETE", url: abort)
        )
    }
}
