import Files
import FoundationEssentials
import S3Events
import ServiceEvents
import Uploads

/// Confirms or rejects the objects that S3 reports through a queue.
///
/// Only the messages that fail are redelivered. An object whose file was not announced is left alone: SweepFiles deletes
/// it when it is old.
struct ConfirmUploadHandler: LambdaHandler {
    /// The time that one message may need, in milliseconds. With less left, the message is returned to the queue: an
    /// invocation that times out reports no message as done, so all of them would be redelivered.
    static let timeForAMessage: Int64 = 5_000

    let confirmation: UploadConfirmation
    let bucket: String
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: SQSEvent, context: LambdaContext) async throws -> SQSBatchResponse {
        var failed: [String] = []
        for message in event.records {
            guard Int64(now().timeIntervalSince1970 * 1_000) < context.deadline - Self.timeForAMessage else {
                failed.append(message.messageId)
                continue
            }
            do {
                for object in try createdObjects(in: message) { try await confirm(object, logger: context.logger) }
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

    private func createdObjects(in message: SQSEvent.Record) throws -> [S3Event.Record] {
        let event: S3Event
        do {
            event = try JSONDecoder().decode(S3Event.self, from: Data(message.body.utf8))
        } catch {
            throw UnreadableMessage()
        }
        return (event.records ?? []).filter { $0.eventName.hasPrefix("ObjectCreated:") }
    }

    private func confirm(_ record: S3Event.Record, logger: Logger) async throws {
        let (key, isInParts) = (record.s3.object.key, record.eventName.hasSuffix(":CompleteMultipartUpload"))
        guard record.s3.bucket.name == bucket, let file = FileID(uploadKey: key) ?? FileID(key) else {
            logger.warning("Object is not a file of the chat", metadata: ["s3.key": "\(key)"])
            return
        }
        let outcome: UploadConfirmation.Outcome
        if FileID(uploadKey: key) != nil || isInParts {
            outcome = try await confirmation.confirm(file, uploadTime: record.time)
        } else if record.eventName.hasSuffix(":Post") {
            // The form may have replaced what was confirmed at this key.
            outcome = try await confirmation.reject(file, reason: "it was uploaded by the form of an earlier release")
        } else {
            // What UploadConfirmation itself stored.
            return
        }
        logger.info("Upload was checked", metadata: ["file": "\(file)", "outcome": "\(outcome)"])
    }
}

extension S3Event.Record {
    /// When the upload ended.
    fileprivate var time: Date? {
        eventTime.flatMap { try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
    }
}

/// The body of a queue message is not an S3 event.
struct UnreadableMessage: Error, CustomStringConvertible {
    var description: String { "The message is not an S3 event." }
}
