import EmulatorCore
import Foundation
import GatewayCore
import SAMTemplate
import SQS

extension QueueService {
    /// Opens the queues that the template declares and those that clients created.
    static func open(
        for application: Application,
        in dataDirectory: URL,
        accountID: String,
        region: String,
        url: String
    ) throws(StartFailure) -> QueueService {
        let folder = dataDirectory.appendingPathComponent("queues").path
        do {
            return try QueueService(
                folder: folder,
                declarations: application.queues.map { Declaration(name: $0.name, settings: $0.settings) },
                accountID: accountID,
                region: region,
                url: url,
                now: { UnixTime.now.milliseconds }
            )
        } catch {
            throw StartFailure("The queues in \(folder) cannot be used: \(error)")
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
