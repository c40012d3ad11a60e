public import ChatStore
public import Files
public import FoundationEssentials
public import ObjectStorage

/// Confirms an uploaded object as the announced file, or rejects the file and deletes the object.
///
/// Events may come repeatedly, late and out of order: what counts is the object as it is now, and confirming it again
/// changes nothing.
public struct UploadConfirmation: Sendable {
    public enum Outcome: Sendable, Hashable {
        case confirmed
        /// It was confirmed before.
        case unchanged
        /// The object was deleted. The reason is for the log.
        case rejected(reason: String)
        /// The object does not exist, or has been deleted.
        case noObject
        /// The file was not announced.
        case unknown
    }

    /// How much of an object is read to recognise its type and size, in bytes. Most images have their header in the
    /// first few bytes, but a camera may put a preview and a colour profile before it.
    static let sampleSize = 256 << 10
    /// The largest image whose metadata is erased, in bytes. The function has to hold it in memory a few times.
    static let largestCleanedImage = 64 << 20

    private let database: any Database
    private let objects: any Objects
    private let bucket: String

    public init(database: any Database, objects: any Objects, bucket: String) {
        self.database = database
        self.objects = objects
        self.bucket = bucket
    }

    /// - Parameters:
    ///   - notifiedETag: The ETag in S3's event. With it, events about content that is already confirmed, such as the
    ///     cleaned image that this type stores, are recognised without a request to S3.
    ///   - uploadTime: When the client's upload ended. A file whose reservation had expired then is rejected, because it
    ///     did not count against its owner's limits; when the event is handled does not matter. Nil if it is not known.
    public func confirm(
        _ file: FileID,
        notifiedETag: String? = nil,
        uploadTime: Date? = nil
    ) async throws -> Outcome {
        guard let announced = try await database.run(FindFile(file: file)).first else { return .unknown }
        let address = ObjectAddress(bucket: bucket, key: file.rawValue)

        switch announced.state {
        case .announced:
            if let uploadTime, uploadTime > announced.reservedUntil {
                return try await reject(file, at: address, reason: "it was uploaded after its reservation had expired")
            }
            if let outcome = try await confirm(file, size: announced.size, at: address) { return outcome }
            // Another invocation confirmed or rejected the file meanwhile, perhaps for other content.
            guard let current = try await database.run(FindFile(file: file)).first else { return .unknown }
            return try await settle(file, current.state, at: address)
        case .confirmed(let etag) where etag == notifiedETag:
            return .unchanged
        case .confirmed, .rejected:
            return try await settle(file, announced.state, at: address)
        }
    }

    /// Makes the object agree with a file that is confirmed or rejected.
    private func settle(
        _ file: FileID,
        _ state: FindFile.Row.State,
        at address: ObjectAddress
    ) async throws -> Outcome {
        switch state {
        case .announced:
            throw ChangedMeanwhile()
        case .confirmed(let etag):
            return try await check(file, confirmedWith: etag, at: address)
        case .rejected:
            try await objects.delete(address)
            return .rejected(reason: "it was rejected before")
        }
    }

    // MARK: An announced file

    /// Nil if the file is no longer announced, or is confirmed with other content.
    private func confirm(_ file: FileID, size: Int64, at address: ObjectAddress) async throws -> Outcome? {
        guard let sample = try await sample(at: address) else { return .noObject }
        if let reason = Self.fault(of: sample, as: file.type, size: size) {
            return try await reject(file, at: address, reason: reason)
        }
        let image = try await image(file, sample, at: address)
        let dimensions = ImageSize(of: file.type, ContentSample(image ?? sample.bytes))
        let etag: String
        do {
            etag = try await storeCleaned(image, of: file, at: address) ?? sample.metadata.etag
        } catch is EndlessMetadata {
            return try await reject(file, at: address, reason: "erasing its metadata would take too long")
        }
        let statement = ConfirmFile(
            file: file,
            etag: etag,
            size: sample.metadata.size,
            width: dimensions?.width,
            height: dimensions?.height
        )
        return try await database.run(statement).isEmpty ? nil : .confirmed
    }

    /// Why an object is not the announced file; nil if it is.
    private static func fault(of object: FetchedObject, as type: FileType, size: Int64) -> String? {
        if object.metadata.size != size { return "it has \(object.metadata.size) bytes instead of \(size)" }
        if object.metadata.contentType != type.contentType { return "its content type is not \(type.contentType)" }
        if !type.matches(ContentSample(object.bytes)) { return "its content is not \(type.contentType)" }
        return nil
    }

    // MARK: A confirmed file

    /// A confirmed file must not change, but a client that got no response may have sent the same image again.
    private func check(
        _ file: FileID,
        confirmedWith etag: String,
        at address: ObjectAddress
    ) async throws -> Outcome {
        guard let metadata = try await objects.head(address) else { return .noObject }
        if metadata.etag == etag { return .unchanged }
        if file.type.kind == .image {
            guard let sample = try await sample(at: address) else { return .noObject }
            let image = try await image(file, sample, at: address)
            do {
                if try await storeCleaned(image, of: file, at: address) == etag { return .unchanged }
            } catch is EndlessMetadata {}
        }
        return try await reject(file, at: address, reason: "it was replaced after it was confirmed")
    }

    // MARK: Objects

    private func sample(at address: ObjectAddress) async throws -> FetchedObject? {
        try await objects.get(address, range: 0...Int64(Self.sampleSize - 1), limit: Self.sampleSize)
    }

    /// All bytes of an image; nil for another type of file, and for an image that is too large to be cleaned.
    private func image(_ file: FileID, _ sample: FetchedObject, at address: ObjectAddress) async throws -> [UInt8]? {
        guard file.type.kind == .image, sample.metadata.size <= Self.largestCleanedImage else { return nil }
        if sample.bytes.count == sample.metadata.size { return sample.bytes }
        guard
            let whole = try await objects.get(address, limit: Self.largestCleanedImage),
            whole.metadata.etag == sample.metadata.etag
        else { throw ChangedMeanwhile() }
        return whole.bytes
    }

    /// Replaces an image with a copy without metadata, so that a photo does not reveal where it was taken. Cleaning
    /// again gives the same bytes, so a failure at any point is repaired by the next attempt.
    ///
    /// - Returns: The new ETag; nil if there is nothing to erase.
    /// - Throws: ``EndlessMetadata``, or an error of the object storage.
    private func storeCleaned(_ image: [UInt8]?, of file: FileID, at address: ObjectAddress) async throws -> String? {
        guard let image, let cleaned = try ImageMetadata.erased(from: image, of: file.type) else { return nil }
        return try await objects.put(cleaned, contentType: file.type.contentType, at: address)
    }

    /// Rejects before it deletes: if deleting fails, the next attempt finds the file rejected and deletes the object.
    private func reject(_ file: FileID, at address: ObjectAddress, reason: String) async throws -> Outcome {
        _ = try await database.run(RejectFile(file: file, reason: reason))
        try await objects.delete(address)
        return .rejected(reason: reason)
    }

    /// The object or the file changed between two reads. The next attempt works with what it is then.
    private struct ChangedMeanwhile: Error {}
}
