public import ChatStore
public import Files
public import ObjectStorage

/// Decides what becomes of an object that is there: it is the file that was announced, or it is removed.
///
/// Whatever is done is done once, however often, late or out of order this runs: what counts is the object as it is now,
/// not as an event says that it was.
public struct UploadConfirmation: Sendable {
    public enum Outcome: Sendable, Hashable {
        case confirmed
        /// It was before.
        case unchanged
        /// The object is removed; the reason is for the log.
        case rejected(reason: String)
        /// There is none, or no longer.
        case noObject
        /// Nobody announced it.
        case unknown
    }

    /// The header of most images is in the first few bytes, but a camera may write a preview and a color profile first.
    static let sampleSize = 256 << 10
    /// Images of up to so many bytes lose their metadata. More has to fit into memory a few times.
    static let largestCleanedImage = 64 << 20

    private let database: any Database
    private let objects: any Objects
    private let bucket: String
    private let usage: UploadUsage

    public init(database: any Database, objects: any Objects, bucket: String, usage: UploadUsage) {
        self.database = database
        self.objects = objects
        self.bucket = bucket
        self.usage = usage
    }

    public func confirm(_ file: FileID) async throws -> Outcome {
        guard let announced = try await database.run(FindFile(file: file)).first else { return .unknown }
        let address = ObjectAddress(bucket: bucket, key: file.rawValue)
        let sample = ClosedRange(uncheckedBounds: (0, Int64(Self.sampleSize) - 1))
        guard let object = try await objects.get(address, range: sample, limit: Self.sampleSize) else {
            return .noObject
        }

        switch announced.state {
        case .rejected:
            try await objects.delete(address)
            return .rejected(reason: "it was rejected before")
        case .uploaded(let time, let etag) where etag == object.metadata.etag:
            // Once more, because whoever confirmed it may have got no further.
            try await usage.record(file, size: announced.size, at: time, of: announced.owner)
            return .unchanged
        case .uploaded(let time, let etag):
            // Who was not sure that it came may have sent the same once more.
            if try await storeWithoutMetadata(file, object, at: address) == etag {
                try await usage.record(file, size: announced.size, at: time, of: announced.owner)
                return .unchanged
            }
            return try await reject(file, at: address, reason: "it was replaced after it was confirmed")
        case .waiting:
            break
        }

        if let reason = Self.fault(of: object, as: file.type, size: announced.size) {
            return try await reject(file, at: address, reason: reason)
        }
        let size = ImageSize(of: file.type, ContentSample(object.bytes))
        let cleaned = try await storeWithoutMetadata(file, object, at: address)
        let statement = ConfirmFile(
            file: file,
            etag: cleaned ?? object.metadata.etag,
            width: size?.width,
            height: size?.height
        )
        guard let time = try await database.run(statement).first else { return .unchanged }
        try await usage.record(file, size: announced.size, at: time, of: announced.owner)
        return .confirmed
    }

    /// Why an object is not what was announced; nil if it is.
    private static func fault(of object: StoredObject, as type: FileType, size: Int64) -> String? {
        if object.metadata.size != size { return "it has \(object.metadata.size) bytes instead of \(size)" }
        if object.metadata.contentType != type.contentType { return "its content type is not \(type.contentType)" }
        if !type.matches(ContentSample(object.bytes)) { return "its content is not \(type.contentType)" }
        return nil
    }

    /// Puts an image without its metadata in its own place: nobody whom a photo is sent is told where it was taken.
    ///
    /// What is stored has the same size, and done again it is the same bytes, so that it does not matter where this ends.
    /// - Returns: The new ETag; nil if there was nothing to leave out.
    private func storeWithoutMetadata(
        _ file: FileID,
        _ sample: StoredObject,
        at address: ObjectAddress
    ) async throws -> String? {
        guard file.type.kind == .image, sample.metadata.size <= Self.largestCleanedImage else { return nil }
        var bytes = sample.bytes
        if bytes.count < sample.metadata.size {
            guard
                let whole = try await objects.get(address, limit: Self.largestCleanedImage),
                whole.metadata.etag == sample.metadata.etag
            else { throw ReplacedMeanwhile() }
            bytes = whole.bytes
        }
        guard let cleaned = ImageMetadata.erased(from: bytes, of: file.type) else { return nil }
        return try await objects.put(cleaned, contentType: file.type.contentType, at: address)
    }

    /// The next attempt looks at what is there then.
    private struct ReplacedMeanwhile: Error {}

    /// The row comes first: should what follows fail, the next attempt knows what to do.
    private func reject(_ file: FileID, at address: ObjectAddress, reason: String) async throws -> Outcome {
        _ = try await database.run(RejectFile(file: file, reason: reason))
        try await objects.delete(address)
        return .rejected(reason: reason)
    }
}
