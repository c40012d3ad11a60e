import EmulatorCore
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ObjectStore

@Suite("The test events of a bucket's notifications")
struct ObjectStoreTestEventTests {
    private static let queue = "arn:aws:sqs:us-east-1:1:notes"
    private static let function = "arn:aws:lambda:us-east-1:1:function:F"

    private let folder = StoreFolder()

    private func rule(_ id: String, _ destination: String) -> NotificationRule {
        NotificationRule(id: id, events: ["s3:ObjectCreated:*"], destination: destination, prefix: id)
    }

    private func pending(_ store: ObjectStore) throws -> [PendingEvent] {
        try store.read { $0.pending.values.sorted { $0.id < $1.id } }
    }

    private func set(_ rules: [NotificationRule], _ store: ObjectStore, onlyIfChanged: Bool = true) async throws {
        try await store.setNotifications(
            rules,
            of: "bucket",
            origin: RequestOrigin(requestID: "R"),
            onlyIfChanged: onlyIfChanged
        )
    }

    private func store() async throws -> ObjectStore {
        let store = try await folder.open()
        try await store.createBucket("bucket")
        return store
    }

    @Test func everyQueueReceivesOneAndNoFunctionDoes() async throws {
        let store = try await store()
        try await set([rule("a", Self.queue), rule("b", Self.function), rule("c", Self.queue)], store)
        let events = try pending(store)
        #expect(events.map(\.destination) == [Self.queue, Self.queue])
        #expect(Set(events.map(\.id)).count == 2)
        let document = try JSONValue(parsing: ByteBuffer(string: events[0].document))
        #expect(document["Service"]?.string == "Amazon S3")
        #expect(document["Event"]?.string == "s3:TestEvent")
        #expect(document["Bucket"]?.string == "bucket")
        #expect(document["RequestId"]?.string == "R" && document["HostId"]?.string == "R")
        #expect(document["Time"]?.string?.hasSuffix("Z") == true)
    }

    @Test func aTemplateSendsItAgainOnlyIfItsRulesChange() async throws {
        let store = try await store()
        try await set([rule("a", Self.queue)], store)
        try await set([rule("a", Self.queue)], store)
        #expect(try pending(store).count == 1)
        let reopened = try await folder.snapshot().open()
        #expect(try pending(reopened).count == 1)
        try await set([rule("a", Self.queue)], reopened)
        #expect(try pending(reopened).count == 1)
        try await set([rule("b", Self.queue)], reopened)
        #expect(try pending(reopened).count == 2)
        try await set([], reopened)
        #expect(try pending(reopened).count == 2)
    }

    @Test func aClientCausesItWithEveryRequest() async throws {
        let store = try await store()
        try await set([rule("a", Self.queue)], store, onlyIfChanged: false)
        try await set([rule("a", Self.queue)], store, onlyIfChanged: false)
        #expect(try pending(store).count == 2)
    }

    /// A record as earlier versions wrote it.
    @Test func settingsWithoutEventsAreReadable() throws {
        let text = #"{"settings":{"bucket":"b","settings":{"crossOrigin":[],"notifications":[],"tags":[]}}}"#
        let change = try JSONDecoder().decode(StoreChange.self, from: Data(text.utf8))
        #expect(change.events.isEmpty)
    }
}
