import Files
import FoundationEssentials
import ServiceEvents
import Uploads

/// Looks at what was uploaded, as S3 tells through a queue, and confirms or removes it.
///
/// A message that fails comes again, and with it only what it tells of. Those of objects that nobody announced change
/// nothing: SweepFiles removes them when they are old.
struct ConfirmUploadHandler: LambdaHandler {
    /// Milliseconds that an upload may take; with less left it is better looked at by another invocation, because one
    /// that is ended in the middle tells of no message that it was done.
    static let reserve: Int64 = 5_000

    let confirmation: UploadConfirmation
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: SQSEvent, context: LambdaContext) async throws -> SQSBatchResponse {
        var failed: [String] = []
        for message in event.records {
            guard Int64(now().timeIntervalSince1970 * 1_000) < context.deadline - Self.reserve else {
                failed.append(message.messageId)
                continue
            }
            do {
                try await handle(message, context: context)
            } catch {
                context.logger.error(
                    "Upload could not be confirmed",
                    metadata: ["error": "\(error)", "sqs.message": "\(message.messageId)"]
                )
                failed.append(message.messageId)
            }
        }
        return SQSBatchResponse(failed: failed)
    }

    private func handle(_ message: SQSEvent.Record, context: LambdaContext) async throws {
        let event: S3Event
        do {
            event = try JSONDecoder().decode(S3Event.self, from: Data(message.body.utf8))
        } catch {
            throw UnreadableMessage()
        }
        for record in event.records ?? [] where record.eventName.hasPrefix("ObjectCreated:") {
            guard record.s3.bucket.name == bucket, let file = FileID(record.s3.object.key) else {
                context.logger.warning("Object is no file", metadata: ["s3.key": "\(record.s3.object.key)"])
                continue
            }
            let outcome = try await confirmation.confirm(file)
            context.logger.info("Upload was looked at", metadata: ["file": "\(file)", "outcome": "\(outcome)"])
        }
    }
}

/// A message of the queue is no event of S3.
struct UnreadableMessage: Error, CustomStringConvertible {
    var description: String { "The message is no event of S3." }
}
