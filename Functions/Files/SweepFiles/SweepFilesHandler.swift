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
/// Files are examined in another order each time, so that one which ends the run keeps no other from its turn for long.
struct SweepFilesHandler: LambdaHandler {
    /// The age at which a file or object is swept, in seconds. No upload can still be running then.
    static let age = 86_400
    static let maximumFiles = 500
    /// What one file may take, in milliseconds: the run ends while as much is left, instead of being ended.
    static let timeForAFile: Int64 = 45_000
    static let objectsPerPage = 1_000
    static let maximumPages = 10

    let database: any Database
    let objects: any Objects
    let confirmation: UploadConfirmation
    let bucket: String
    var now: @Sendable () -> Date = { .now }
    var shuffle: @Sendable ([FileID]) -> [FileID] = { $0.shuffled() }

    func handle(_ event: ScheduledEvent, context: LambdaContext) async throws -> SweepReport {
        var report = SweepReport()
        try await sweepFiles(&report, context: context)
        try await sweepObjects(&report, context: context)
        context.logger.info(
            "Files were swept",
            metadata: [
                "files.confirmed": "\(report.confirmedFiles)", "files.deleted": "\(report.deletedFiles)",
                "files.failed": "\(report.failedFiles)", "objects.deleted": "\(report.deletedObjects)",
            ]
        )
        return report
    }

    private func sweepFiles(_ report: inout SweepReport, context: LambdaContext) async throws {
        let statement = SelectUnconfirmedFiles(age: Int64(Self.age), limit: Int64(Self.maximumFiles))
        for file in shuffle(try await database.run(statement).compactMap { $0 }) {
            guard hasTime(in: context) else { return }
            do {
                switch try await confirmation.confirm(file) {
                case .confirmed: report.confirmedFiles += 1
                case .unchanged, .busy: break
                case .rejected, .noObject, .unknown:
                    report.deletedFiles += try await database.run(DeleteFile(file: file)).count
                }
            } catch {
                // Continue with the others.
                context.logger.error("File could not be swept", metadata: ["file": "\(file)", "error": "\(error)"])
                report.failedFiles += 1
            }
        }
    }

    /// Whether another file can be checked before the invocation times out.
    private func hasTime(in context: LambdaContext) -> Bool {
        Int64(now().timeIntervalSince1970 * 1_000) < context.deadline - Self.timeForAFile
    }

    private func sweepObjects(_ report: inout SweepReport, context: LambdaContext) async throws {
        var position = try await database.run(FindSweepPosition(bucket: bucket)).first ?? nil
        for _ in 0..<Self.maximumPages where hasTime(in: context) {
            let page = try await objects.list(bucket, after: position, limit: Self.objectsPerPage)
            let strays = try await strays(of: page)
            guard try await isTrustworthy(page, strays: strays.count) else {
                context.logger.error(
                    "No object was deleted, because the database does not seem to be the one of this bucket",
                    metadata: ["s3.bucket": "\(bucket)", "objects.unknown": "\(strays.count)"]
                )
                return
            }
            let youngest = now() - TimeInterval(Self.age)
            // No database knows the key of a form. What is there after a day was not taken by a confirmation.
            let isStray = { (key: String) in strays.contains(key) || key.hasPrefix(FileID.uploadPrefix) }
            for entry in page.entries where entry.lastModified < youngest && isStray(entry.key) {
                try await objects.delete(ObjectAddress(bucket: bucket, key: entry.key))
                report.deletedObjects += 1
            }
            position = page.isTruncated ? page.entries.last?.key : nil
            if position == nil { break }
        }
        _ = try await database.run(SaveSweepPosition(bucket: bucket, key: position))
    }

    /// The keys of a page that should be a file's, and are not.
    private func strays(of page: ObjectList) async throws -> Set<String> {
        let keys = page.entries.map(\.key).filter { !$0.hasPrefix(FileID.uploadPrefix) }
        return keys.isEmpty ? [] : Set(try await database.run(SelectUnknownKeys(keys: keys)))
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
