public import ChatStore
public import Files
public import ObjectStorage

/// Decides what becomes of an object that is there: it is the file that was announced, or it is removed.
///
/// Whatever is done is done once, however often, late or out of order this runs: what counts is the object as it is
/// now, not as an event says that it was.
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
            let image = try await image(file, object, at: address)
            if let cleaned = try? image.flatMap({ try ImageMetadata.erased(from: $0, of: file.type) }),
                try await store(cleaned, as: file, at: address) == etag
            {
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
        guard try await usage.hasRoom(for: announced.size, of: announced.owner) else {
            return try await reject(file, at: address, reason: "its owner has uploaded as much as is allowed")
        }
        let image = try await image(file, object, at: address)
        let size = ImageSize(of: file.type, ContentSample(image ?? object.bytes))
        var etag = object.metadata.etag
        do {
            if let cleaned = try image.flatMap({ try ImageMetadata.erased(from: $0, of: file.type) }) {
                etag = try await store(cleaned, as: file, at: address)
            }
        } catch is EndlessMetadata {
            return try await reject(file, at: address, reason: "its metadata has no end")
        }
        let statement = ConfirmFile(
            file: file,
            etag: etag,
            width: size?.width,
            height: size?.height
        )
        guard let time = try await database.run(statement).first else { return .unchanged }
        try await usage.record(file, size: announced.size, at: time, of: announced.owner)
        return .confirmed
    }

    /// Why an object is not what was announced; nil if it is.
    private static func fault(of object: FetchedObject, as type: FileType, size: Int64) -> String? {
        if object.metadata.size != size { return "it has \(object.metadata.size) bytes instead of \(size)" }
        if object.metadata.contentType != type.contentType { return "its content type is not \(type.contentType)" }
        if !type.matches(ContentSample(object.bytes)) { return "its content is not \(type.contentType)" }
        return nil
    }

    /// All bytes of an image; nil for what is none, or is too large to lose its metadata.
    private func image(
        _ file: FileID,
        _ sample: FetchedObject,
        at address: ObjectAddress
    ) async throws -> [UInt8]? {
        guard file.type.kind == .image, sample.metadata.size <= Self.largestCleanedImage else { return nil }
        if sample.bytes.count == sample.metadata.size { return sample.bytes }
        guard
            let whole = try await objects.get(address, limit: Self.largestCleanedImage),
            whole.metadata.etag == sample.metadata.etag
        else { throw ReplacedMeanwhile() }
        return whole.bytes
    }

    /// Puts an image without its metadata in its own place: nobody whom a photo is sent is told where it was taken.
    ///
    /// What is stored has the same size, and done again it is the same bytes, so that it does not matter where this
    /// ends.
    /// - Returns: The new ETag.
    private func store(_ cleaned: [UInt8], as file: FileID, at address: ObjectAddress) async throws -> String {
        try await objects.put(cleaned, contentType: file.type.contentType, at: address)
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
