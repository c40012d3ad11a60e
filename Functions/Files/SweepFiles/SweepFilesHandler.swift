import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import ServiceEvents
import Uploads

/// Deletes what remains of failed uploads: files that are not uploaded a day after their announcement, and objects that
/// belong to no file.
///
/// A file whose upload event was lost is confirmed instead. A run is limited; the next one continues where it stopped.
struct SweepFilesHandler: LambdaHandler {
    /// The age at which a file or object is swept, in seconds. No upload can still be running then.
    static let age = 86_400
    static let maximumFiles = 500
    static let objectsPerPage = 1_000
    static let maximumPages = 10

    let database: any Database
    let objects: any Objects
    let confirmation: UploadConfirmation
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: ScheduledEvent, context: LambdaContext) async throws -> SweepReport {
        var report = SweepReport()
        try await sweepFiles(&report, logger: context.logger)
        try await sweepObjects(&report, logger: context.logger)
        context.logger.info(
            "Files were swept",
            metadata: [
                "files.confirmed": "\(report.confirmedFiles)", "files.deleted": "\(report.deletedFiles)",
                "files.failed": "\(report.failedFiles)", "objects.deleted": "\(report.deletedObjects)",
            ]
        )
        return report
    }

    private func sweepFiles(_ report: inout SweepReport, logger: Logger) async throws {
        let statement = SelectUnconfirmedFiles(age: Int64(Self.age), limit: Int64(Self.maximumFiles))
        for case let file? in try await database.run(statement) {
            do {
                switch try await confirmation.confirm(file) {
                case .confirmed: report.confirmedFiles += 1
                case .unchanged: break
                case .rejected, .noObject, .unknown:
                    report.deletedFiles += try await database.run(DeleteFile(file: file)).count
                }
            } catch {
                // Continue with the others: this file is the oldest, so the next run starts with it again.
                logger.error("File could not be swept", metadata: ["file": "\(file)", "error": "\(error)"])
                report.failedFiles += 1
            }
        }
    }

    private func sweepObjects(_ report: inout SweepReport, logger: Logger) async throws {
        var position = try await database.run(FindSweepPosition(bucket: bucket)).first ?? nil
        for _ in 0..<Self.maximumPages {
            let page = try await objects.list(bucket, after: position, limit: Self.objectsPerPage)
            let strays = try await strays(of: page)
            guard try await isTrustworthy(page, strays: strays.count) else {
                logger.error(
                    "No object was deleted, because the database does not seem to be the one of this bucket",
                    metadata: ["s3.bucket": "\(bucket)", "objects.unknown": "\(strays.count)"]
                )
                return
            }
            let youngest = now() - TimeInterval(Self.age)
            for entry in page.entries where entry.lastModified < youngest && strays.contains(entry.key) {
                try await objects.delete(ObjectAddress(bucket: bucket, key: entry.key))
                report.deletedObjects += 1
            }
            position = page.isTruncated ? page.entries.last?.key : nil
            if position == nil { break }
        }
        _ = try await database.run(SaveSweepPosition(bucket: bucket, key: position))
    }

    /// The keys of a page that belong to no file.
    private func strays(of page: ObjectList) async throws -> Set<String> {
        guard !page.entries.isEmpty else { return [] }
        return Set(try await database.run(SelectUnknownKeys(keys: page.entries.map(\.key))))
    }

    /// Whether the table `file` can be the one of this bucket. If it is empty or knows no object of a full page, it may
    /// have been lost or belong to another deployment, and deleted objects could not be restored.
    private func isTrustworthy(_ page: ObjectList, strays: Int) async throws -> Bool {
        if strays == 0 { return true }
        if page.entries.count == Self.objectsPerPage, strays == page.entries.count { return false }
        return try await database.run(FindAnyFile()).first == true
    }
}

/// The result of one run, which is logged and returned as the response.
struct SweepReport: Encodable, Hashable {
    var confirmedFiles = 0
    var deletedFiles = 0
    var failedFiles = 0
    var deletedObjects = 0
}
