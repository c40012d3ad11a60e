import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import Uploads

/// Announces a file and gives its owner what it takes to upload it: exactly that many bytes, of that type, once.
///
/// A file is uploaded with one form, or, if it is larger than ``UploadPlan/largestForm``, in parts.
struct CreateFileHandler: LambdaHandler {
    let database: any Database
    let usage: UploadUsage
    let plan: UploadPlan
    var identifiers = IdentifierGenerator.version7

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let request: CreateFileRequest = try event.request()
        try await usage.require(roomFor: request.size, of: caller)

        let file = identifiers.next(request.type)
        let statement = InsertFile(id: file, owner: caller, fileName: request.fileName, size: request.size)
        _ = try await database.run(statement)

        let (upload, expiration) = try await plan.upload(of: file, size: request.size)
        return try .json(
            CreatedFile(
                fileId: file,
                upload: upload,
                expiresAt: expiration.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            )
        )
    }
}

private struct CreatedFile: Encodable {
    var fileId: FileID
    var upload: Upload
    var expiresAt: String
}
