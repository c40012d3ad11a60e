import Files
import FoundationEssentials
import ObjectStorage

/// How files get into the bucket.
struct UploadPlan {
    /// The most bytes that are sent in one form. What is larger takes long enough to be interrupted, and one part of it
    /// is sent again sooner than all of it.
    static let largestForm: Int64 = 100 << 20
    /// Bytes of every part but the last. S3 takes 5 MiB and more, and up to 10,000 parts.
    static let partSize: Int64 = 16 << 20
    /// Seconds for a form.
    static let formLifetime = 3_600
    /// Seconds for all parts: 5 GiB in it are 2 Mbit/s. Credentials of a function do not live much longer.
    static let partsLifetime = 6 * 3_600

    let objects: any Objects
    let presigner: ObjectPresigner
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    /// What a client has to do, and until when.
    func upload(of file: FileID, size: Int64) async throws -> (Upload, expiration: Date) {
        let address = ObjectAddress(bucket: bucket, key: file.rawValue)
        let time = now()
        guard size > Self.largestForm else {
            let form = presigner.post(
                address,
                contentType: file.type.contentType,
                size: size,
                lifetime: Self.formLifetime,
                at: time
            )
            let fields = Dictionary(form.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            return (.form(.init(url: form.url, fields: fields)), time + TimeInterval(Self.formLifetime))
        }
        let id = try await objects.createMultipartUpload(address, contentType: file.type.contentType)
        return (.parts(parts(of: address, uploadID: id, size: size, at: time)), time + TimeInterval(Self.partsLifetime))
    }

    private func parts(of address: ObjectAddress, uploadID: String, size: Int64, at time: Date) -> Upload.Parts {
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
            return Upload.Parts.Part(partNumber: number, size: partSize, url: url)
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
        return Upload.Parts(
            parts: parts,
            complete: .init(method: "POST", url: complete),
            abort: .init(method: "DELETE", url: abort)
        )
    }
}
