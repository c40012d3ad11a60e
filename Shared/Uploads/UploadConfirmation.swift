public import ChatStore
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
        case .uploaded:
            return try await reject(file, at: address, reason: "it was replaced after it was confirmed")
        case .waiting:
            break
        }

        if let reason = Self.fault(of: object, as: file.type, size: announced.size) {
            return try await reject(file, at: address, reason: reason)
        }
        let size = ImageSize(of: file.type, ContentSample(object.bytes))
        let statement = ConfirmFile(
            file: file,
            etag: object.metadata.etag,
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

    /// The row comes first: should what follows fail, the next attempt knows what to do.
    private func reject(_ file: FileID, at address: ObjectAddress, reason: String) async throws -> Outcome {
        _ = try await database.run(RejectFile(file: file, reason: reason))
        try await objects.delete(address)
        return .rejected(reason: reason)
    }
}
