import ChatStore
import Files
import FoundationEssentials
import RateLimits

/// Announces a file and tells its owner how to upload it: exactly that many bytes, of that type, to that key.
///
/// The announcement reserves the file's size within its owner's limits. ConfirmUpload confirms the file once it is
/// uploaded; until then it cannot be attached to a message.
struct CreateFileHandler: LambdaHandler {
    let database: any Database
    let planner: UploadPlanner
    let limiter: RateLimiter
    var limits = UploadLimits()
    var identifiers = IdentifierGenerator.version7

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let request: CreateFileRequest = try event.request()
        try limits.require(size: request.size)
        try await limiter.charge(.createFile, to: caller, logger: context.logger)

        let file = identifiers.next(request.type)
        try await announce(file, of: caller, request)

        let plan = try await plan(file, size: request.size)
        return try .json(
            CreatedFile(
                fileId: file,
                upload: plan.instructions,
                expiresAt: plan.expiry.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            )
        )
    }

    private func announce(_ file: FileID, of owner: UserID, _ request: CreateFileRequest) async throws {
        let statement = AnnounceFile(
            id: file,
            owner: owner,
            fileName: request.fileName,
            size: request.size,
            reservation: UploadPlanner.reservation(forSize: request.size, window: limits.window),
            limits: limits
        )
        let row: AnnounceFile.Row?
        do {
            row = try await database.run(statement).first
        } catch {
            guard error.isLockTimeout else { throw error }
            throw ChatError.tooManyAnnouncements(error)
        }
        switch row {
        case .announced: return
        case .limitReached(let retryAfter): throw ChatError.uploadLimitReached(retryAfter: retryAfter)
        case nil: throw PostgresError(.decoding, message: "AnnounceFile returned no row")
        }
    }

    /// A file that cannot be uploaded, because S3 does not answer, must not count until its reservation expires.
    private func plan(_ file: FileID, size: Int64) async throws -> UploadPlanner.Plan {
        do {
            return try await planner.plan(file, size: size)
        } catch {
            _ = try? await database.run(ReleaseReservation(file: file))
            throw error
        }
    }
}

private struct CreatedFile: Encodable {
    var fileId: FileID
    var upload: UploadInstructions
    var expiresAt: String
}
