public import ChatStore
public import Files
public import FoundationEssentials
public import ObjectStorage

/// Confirms an uploaded object as the announced file, or rejects the file and deletes the object.
///
/// A form stores its object at the file's ``FileID/uploadKey``, and can do so as often as it likes. A confirmation moves
/// the object to the key that is the file's id, which clients read and where nothing is ever overwritten: what was
/// checked there is what they get. An upload in parts ends at that key itself, because a completed one cannot be
/// repeated.
///
/// Events may come repeatedly, late and out of order: what counts is the object as it is now, and confirming it again
/// changes nothing. One upload is checked by one process at a time. A check that ends its process is not repeated
/// endlessly: after ``maximumChecks`` the file is rejected unread.
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
        /// Another process checks the file now.
        case busy
    }

    /// How much of an object is read to recognise its type and size, in bytes. Most images have their header in the
    /// first few bytes, but a camera may put a preview and a colour profile before it.
    static let sampleSize = 256 << 10
    /// The largest image whose metadata is erased, in bytes. The function has to hold it in memory a few times.
    static let largestCleanedImage = 64 << 20
    /// How many checks of a file may begin without an end.
    public static let maximumChecks = 3
    /// How long a check keeps others from beginning, in seconds: longer than ConfirmUpload may run, shorter than its
    /// queue hides a message.
    static let checkDuration = 60

    let database: any Database
    let objects: any Objects
    let bucket: String

    public init(database: any Database, objects: any Objects, bucket: String) {
        self.database = database
        self.objects = objects
        self.bucket = bucket
    }

    /// - Parameter uploadTime: When the client's upload ended. A file whose reservation had expired then is rejected,
    ///   because it did not count against its owner's limits; when the event is handled does not matter. Nil if it is
    ///   not known.
    public func confirm(_ file: FileID, uploadTime: Date? = nil) async throws -> Outcome {
        let begin = BeginCheck(file: file, duration: Self.checkDuration)
        guard let check = try await database.run(begin).first else {
            guard let found = try await database.run(FindFile(file: file)).first else { return .unknown }
            return try await settle(file, found.state)
        }
        do {
            return try await confirm(file, check, uploadTime: uploadTime)
        } catch let rejection as Rejection {
            return try await reject(file, rejection)
        } catch {
            _ = try? await database.run(GiveUpCheck(file: file))
            throw error
        }
    }

    /// Rejects an announced or confirmed file.
    public func reject(_ file: FileID, reason: String) async throws -> Outcome {
        try await reject(file, Rejection(reason: reason))
    }

    // MARK: An announced file

    private func confirm(_ file: FileID, _ check: BeginCheck.Row, uploadTime: Date?) async throws -> Outcome {
        guard check.number <= Self.maximumChecks else {
            throw Rejection(reason: "it could not be checked in \(Self.maximumChecks) attempts", isCharged: true)
        }
        if let uploadTime, uploadTime > check.reservedUntil {
            throw Rejection(reason: "it was uploaded after its reservation had expired")
        }
        guard let content = try await checkedContent(of: file, size: check.size) else {
            _ = try await database.run(GiveUpCheck(file: file))
            return .noObject
        }
        let statement = ConfirmFile(
            file: file,
            etag: content.etag,
            uploadETag: content.uploadETag,
            size: check.size,
            width: content.dimensions?.width,
            height: content.dimensions?.height
        )
        if try await database.run(statement).isEmpty {
            // The file was rejected or deleted meanwhile.
            guard let found = try await database.run(FindFile(file: file)).first else { return .unknown }
            return try await settle(file, found.state)
        }
        if content.uploadETag != nil { try await objects.delete(upload(of: file)) }
        return .confirmed
    }

    /// Content that is as announced, at the key that is the file's id.
    private struct CheckedContent {
        var etag: String
        var uploadETag: String?
        var dimensions: ImageSize?
    }

    /// Nil if there is no object.
    private func checkedContent(of file: FileID, size: Int64) async throws -> CheckedContent? {
        guard let metadata = try await objects.head(upload(of: file)) else {
            return try await contentInPlace(of: file, size: size)
        }
        if let reason = Self.fault(of: metadata, as: file.type, size: size) { throw Rejection(reason: reason) }
        if file.type.kind == .image, size <= Self.largestCleanedImage {
            if let content = try await cleanedImage(file, size: size) { return content }
        } else {
            _ = try await objects.copy(upload(of: file), to: address(of: file))
        }
        var content = try await contentInPlace(of: file, size: size)
        content?.uploadETag = metadata.etag
        return content
    }

    /// Checks an object where it cannot change any more.
    private func contentInPlace(of file: FileID, size: Int64) async throws -> CheckedContent? {
        let sample = try await objects.get(
            address(of: file),
            range: 0...Int64(Self.sampleSize - 1),
            limit: Self.sampleSize
        )
        guard let sample else { return nil }
        if let reason = Self.fault(of: sample, as: file.type, size: size) { throw Rejection(reason: reason) }
        let isWhole = sample.bytes.count == sample.metadata.size
        let isImage = file.type.kind == .image && sample.metadata.size <= Self.largestCleanedImage
        let image =
            isImage && !isWhole ? try await objects.get(address(of: file), limit: Self.largestCleanedImage) : sample
        guard let image else { return nil }
        return CheckedContent(
            etag: sample.metadata.etag,
            dimensions: ImageSize(of: file.type, ContentSample(image.bytes))
        )
    }

    /// Stores a copy of an uploaded image without its metadata, so that a photo does not reveal where it was taken.
    ///
    /// Nil if the upload is gone, or if a copy is stored already.
    private func cleanedImage(_ file: FileID, size: Int64) async throws -> CheckedContent? {
        guard let image = try await objects.get(upload(of: file), limit: Self.largestCleanedImage) else { return nil }
        if let reason = Self.fault(of: image, as: file.type, size: size) { throw Rejection(reason: reason) }
        let cleaned: [UInt8]
        do {
            cleaned = try ImageMetadata.erased(from: image.bytes, of: file.type) ?? image.bytes
        } catch {
            throw Rejection(reason: "erasing its metadata would take too long", isCharged: true)
        }
        guard
            let etag = try await objects.create(cleaned, contentType: file.type.contentType, at: address(of: file))
        else { return nil }
        return CheckedContent(
            etag: etag,
            uploadETag: image.metadata.etag,
            dimensions: ImageSize(of: file.type, ContentSample(image.bytes))
        )
    }

    /// Why an object is not the announced file; nil if it is.
    private static func fault(of object: FetchedObject, as type: FileType, size: Int64) -> String? {
        if let fault = fault(of: object.metadata, as: type, size: size) { return fault }
        let sample = ContentSample(object.bytes).part(from: 0, count: sampleSize)
        return type.matches(sample) ? nil : "its content is not \(type.contentType)"
    }

    private static func fault(of metadata: ObjectMetadata, as type: FileType, size: Int64) -> String? {
        if metadata.size != size { return "it has \(metadata.size) bytes instead of \(size)" }
        if metadata.contentType != type.contentType { return "its content type is not \(type.contentType)" }
        return nil
    }

    // MARK: A file that is not announced any more

    /// Makes the objects agree with a file that another process confirmed, rejected or checks.
    private func settle(_ file: FileID, _ state: FindFile.Row.State) async throws -> Outcome {
        switch state {
        case .announced: return .busy
        case .confirmed(_, let uploadETag):
            // A client that got no response may have sent the same file again.
            guard let metadata = try await objects.head(upload(of: file)) else { return .unchanged }
            guard metadata.etag == uploadETag else {
                return try await reject(file, Rejection(reason: "it was replaced after it was confirmed"))
            }
            try await objects.delete(upload(of: file))
            return .unchanged
        case .rejected:
            try await deleteObjects(of: file)
            return .rejected(reason: "it was rejected before")
        }
    }

    private struct Rejection: Error {
        var reason: String
        /// Whether checking the file cost so much that it counts like a confirmed one.
        var isCharged = false
    }

    /// Rejects before it deletes: if deleting fails, the next attempt finds the file rejected and deletes the objects.
    private func reject(_ file: FileID, _ rejection: Rejection) async throws -> Outcome {
        let statement = RejectFile(file: file, reason: rejection.reason, isCharged: rejection.isCharged)
        _ = try await database.run(statement)
        try await deleteObjects(of: file)
        return .rejected(reason: rejection.reason)
    }

    // MARK: Objects

    private func address(of file: FileID) -> ObjectAddress { ObjectAddress(bucket: bucket, key: file.rawValue) }
    private func upload(of file: FileID) -> ObjectAddress { ObjectAddress(bucket: bucket, key: file.uploadKey) }

    private func deleteObjects(of file: FileID) async throws {
        try await objects.delete(address(of: file))
        try await objects.delete(upload(of: file))
    }
}
