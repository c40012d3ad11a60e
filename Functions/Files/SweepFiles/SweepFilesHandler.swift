import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import Redis
import ServiceEvents
import Uploads

/// Removes what is left of uploads that came to nothing: files without an object after a day, and objects without a file.
///
/// A file whose event was lost is confirmed instead. One run looks at so many of each, and the next goes on from there.
struct SweepFilesHandler: LambdaHandler {
    /// Seconds. Nothing can be uploaded for so long, so that what is missing then does not come.
    static let age = 86_400
    static let maximumFiles = 500
    static let objectsInAPage = 1_000
    static let maximumPages = 10

    let database: any Database
    let objects: any Objects
    let confirmation: UploadConfirmation
    let store: any RedisStore
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: ScheduledEvent, context: LambdaContext) async throws -> Swept {
        var swept = Swept()
        try await sweepFiles(&swept, context.logger)
        try await sweepObjects(&swept)
        context.logger.info(
            "Swept",
            metadata: [
                "files.confirmed": "\(swept.confirmedFiles)", "files.deleted": "\(swept.deletedFiles)",
                "files.failed": "\(swept.failedFiles)",
                "objects.deleted": "\(swept.deletedObjects)",
            ]
        )
        return swept
    }

    private func sweepFiles(_ swept: inout Swept, _ logger: Logger) async throws {
        let statement = SelectWaitingFiles(age: Int64(Self.age), limit: Int64(Self.maximumFiles))
        for case let file? in try await database.run(statement) {
            do {
                switch try await confirmation.confirm(file) {
                case .confirmed: swept.confirmedFiles += 1
                case .unchanged: break
                case .rejected, .noObject, .unknown:
                    swept.deletedFiles += try await database.run(DeleteFile(file: file)).count
                }
            } catch {
                // The others do not wait for it: it would be the first one every time.
                logger.error("File could not be swept", metadata: ["file": "\(file)", "error": "\(error)"])
                swept.failedFiles += 1
            }
        }
    }

    private func sweepObjects(_ swept: inout Swept) async throws {
        var position = try await store.send(GetString(key: Self.positionKey))
        if position?.isEmpty == true { position = nil }
        for _ in 0..<Self.maximumPages {
            let page = try await objects.list(bucket, after: position, limit: Self.objectsInAPage)
            let oldest = now() - TimeInterval(Self.age)
            let old = page.entries.filter { $0.lastModified < oldest }.map(\.key)
            for key in old.isEmpty ? [] : try await database.run(SelectUnknownKeys(keys: old)) {
                try await objects.delete(ObjectAddress(bucket: bucket, key: key))
                swept.deletedObjects += 1
            }
            position = page.isTruncated ? page.entries.last?.key : nil
            if position == nil { break }
        }
        // A month: whoever has no such position begins at the first object.
        try await store.send(SetString(key: Self.positionKey, value: position ?? "", seconds: 2_592_000))
    }

    private static let positionKey = "sweep:files:position"
}

/// What one run did.
struct Swept: Encodable, Hashable {
    var confirmedFiles = 0
    var deletedFiles = 0
    var failedFiles = 0
    var deletedObjects = 0
}
