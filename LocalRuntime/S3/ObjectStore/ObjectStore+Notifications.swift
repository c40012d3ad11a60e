import EmulatorCore
import NIOCore

extension ObjectStore {
    /// Replaces the notification rules of a bucket and sends `s3:TestEvent` to each rule's queue, with which S3 checks
    /// that it can be reached. Functions receive no such event.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    ///
    /// - Parameters:
    ///   - origin: The origin of the request, of which the event has the id.
    ///   - onlyIfChanged: Does nothing if the bucket has these rules.
    public func setNotifications(
        _ rules: [NotificationRule],
        of name: String,
        origin: RequestOrigin,
        onlyIfChanged: Bool
    ) async throws(ObjectStoreError) {
        try await commit { state throws(ObjectStoreError) in
            guard let bucket = state.buckets[name] else { throw ObjectStoreError(.noSuchBucket) }
            guard !onlyIfChanged || bucket.settings.notifications != rules else { return (nil, ()) }
            var settings = bucket.settings
            settings.notifications = rules
            let document = Self.testEvent(bucket: name, origin)
            let first = Self.nextSequencer(after: state)
            let events = rules.filter(\.sendsToQueue).enumerated().map { index, rule in
                PendingEvent(
                    id: first + UInt64(index),
                    destination: rule.destination,
                    bucket: name,
                    key: ObjectKey(""),
                    document: document
                )
            }
            return (.settings(bucket: name, settings: settings, events: events), ())
        }
    }

    private static func testEvent(bucket: String, _ origin: RequestOrigin) -> String {
        var json = JSONWriter()
        json.object { json in
            json.field("Service", "Amazon S3")
            json.field("Event", "s3:TestEvent")
            json.field("Time", UnixTime(milliseconds: milliseconds).iso8601)
            json.field("Bucket", bucket)
            json.field("RequestId", origin.requestID)
            json.field("HostId", origin.requestID)
        }
        return String(buffer: json.buffer)
    }
}

extension NotificationRule {
    fileprivate var sendsToQueue: Bool {
        let parts = destination.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 2 && parts[2] == "sqs"
    }
}
