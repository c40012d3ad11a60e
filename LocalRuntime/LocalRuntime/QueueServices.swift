import EmulatorCore
import Foundation
import GatewayCore
import SAMTemplate
import SQS

extension QueueService {
    /// Opens the queues of a template, and those that clients made, before anything may send to them.
    static func open(
        for application: Application,
        in dataDirectory: URL,
        accountID: String,
        region: String,
        url: String
    ) async throws(StartFailure) -> QueueService {
        let folder = dataDirectory.appendingPathComponent("queues").path
        do {
            return try await QueueService(
                folder: folder,
                declarations: application.queues.map { Declaration(name: $0.name, settings: $0.settings) },
                accountID: accountID,
                region: region,
                url: url,
                now: { UnixTime.now.milliseconds }
            )
        } catch {
            throw StartFailure("Queues cannot be kept in \(folder): \(error)")
        }
    }
}

extension QueueResource {
    fileprivate var settings: QueueSettings {
        var settings = QueueSettings(isFIFO: isFIFO)
        settings.deduplicatesByContent = deduplicatesByContent
        settings.deduplicatesByGroup = deduplicatesByGroup
        settings.visibilityTimeout = visibilityTimeout
        settings.retentionPeriod = retentionPeriod
        settings.delay = delay
        settings.receiveWaitTime = receiveWaitTime
        settings.maximumMessageSize = maximumMessageSize
        settings.redrivePolicy = redrivePolicy.map {
            QueueSettings.RedrivePolicy(
                deadLetterTarget: $0.deadLetterTarget,
                maximumReceiveCount: $0.maximumReceiveCount
            )
        }
        return settings
    }
}
