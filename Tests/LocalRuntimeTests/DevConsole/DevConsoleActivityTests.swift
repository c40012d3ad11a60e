import Activity
import Foundation
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import Testing

@testable import DevConsole

@Suite(.timeLimit(.minutes(1))) struct DevConsoleActivityTests {
    @Test func listsActivityWithoutLongTexts() async throws {
        let console = try await ConsoleFixture()
        console.activity.began(.example("one", event: "SECRET"))
        console.activity.update("one") {
            $0.status = .succeeded
            $0.duration = 1.5
            $0.response = "SECRET"
            $0.logs = [.init(time: 1, text: "SECRET")]
        }
        console.activity.opened(.example("abc="))
        console.activity.note(Notice(.warning, time: 1, text: "AWS::SNS::Topic is not emulated."))

        let response = try await console.respond(.GET, "/_local/activity")
        #expect(!response.text.contains("SECRET"))
        let listed = try response.decoded(Listed.self)
        #expect(listed.invocations.map(\.id) == ["one"])
        #expect(listed.invocations.first?.status == "succeeded")
        #expect(listed.invocations.first?.duration == 1.5)
        #expect(listed.connections.map(\.id) == ["abc="])
        #expect(listed.connectionCount == 1)
        #expect(listed.notices.map(\.text) == ["AWS::SNS::Topic is not emulated."])
    }

    @Test func showsAnInvocationInFull() async throws {
        let console = try await ConsoleFixture()
        console.activity.began(.example("one"))
        console.activity.update("one") { $0.logs.append(.init(time: 7, text: "hello")) }
        let response = try await console.respond(.GET, "/_local/invocations/one")
        let record = try #require(JSONSerialization.jsonObject(with: Data(response.text.utf8)) as? [String: Any])
        #expect(record["event"] as? String == #"{"body":"hello"}"#)
        #expect((record["logs"] as? [[String: Any]])?.first?["text"] as? String == "hello")
    }

    // MARK: Stream

    @Test func streamsASnapshotThenChanges() async throws {
        var fixture = try await ConsoleFixture()
        fixture.console.pace = .init(interval: .zero, recovery: .zero, heartbeat: .seconds(3_600))
        fixture.activity.began(.example("before"))
        let response = try await fixture.respond(.GET, "/_local/activity/stream")
        #expect(response.headers["Content-Type"] == ["text/event-stream"])
        // A change between creating the stream and reading it must be in the snapshot or in the first batch.
        fixture.activity.opened(.example("abc="))

        var events = try Events(of: response)
        let snapshot = try await events.next()
        #expect(snapshot.name == "snapshot")
        #expect(snapshot.listed.invocations.map(\.id) == ["before"])
        #expect(snapshot.listed.connections.map(\.id) == ["abc="])

        var names: [String] = []
        fixture.activity.began(.example("after"))
        while !names.contains("after") {
            let event = try await events.next()
            #expect(event.name == "changes")
            names += event.listed.invocations.map(\.id)
        }
        fixture.activity.closed("abc=", code: 1001, reason: "")
        let closing = try await events.next()
        #expect(closing.listed.closed?.map(\.id) == ["abc="])
    }

    @Test func sendsCommentsWhileNothingHappens() async throws {
        var fixture = try await ConsoleFixture()
        fixture.console.pace = .init(interval: .zero, recovery: .zero, heartbeat: .milliseconds(1))
        var chunks = try Events.chunks(of: try await fixture.respond(.GET, "/_local/activity/stream"))
            .makeAsyncIterator()
        _ = try await chunks.next()
        #expect(try await chunks.next() == ByteBuffer(string: ":\n\n"))
    }

    @Test func endsWhenTheClientDisconnects() async throws {
        let fixture = try await ConsoleFixture()
        let chunks = try Events.chunks(of: try await fixture.respond(.GET, "/_local/activity/stream"))
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        let watcher = Task {
            for try await _ in chunks { arrival.yield() }
        }
        for await _ in arrivals { break }
        watcher.cancel()
        try await watcher.value
    }

    @Test func sendsASnapshotAfterTooManyChanges() async throws {
        var fixture = try await ConsoleFixture()
        fixture.console.pace = .init(interval: .zero, recovery: .zero, heartbeat: .seconds(3_600))
        var events = try Events(of: try await fixture.respond(.GET, "/_local/activity/stream"))
        _ = try await events.next()
        // More changes than the recorder buffers, including the last one that the stream sees.
        for number in 0..<5_000 { fixture.activity.opened(.example("flood \(number)")) }
        for number in 0..<5_000 { fixture.activity.closed("flood \(number)", code: 1000, reason: "") }
        fixture.activity.began(.example("last"))

        var open: Set<String> = []
        var didSeeLast = false
        while !didSeeLast || !open.isEmpty {
            let event = try await events.next()
            if event.name == "snapshot" { open = [] }
            open.formUnion(event.listed.connections.map(\.id))
            open.subtract(event.listed.closed?.map(\.id) ?? [])
            didSeeLast = didSeeLast || event.listed.invocations.contains { $0.id == "last" }
        }
        #expect(open.isEmpty)
    }

    @Test func keepsOnlyTheNewestStateOfAnInvocation() throws {
        var batch = ActivityBatch()
        var record = InvocationRecord.example("one")
        batch.merge(.invocation(record))
        batch.merge(.invocation(.example("two")))
        record.status = .failed
        batch.merge(.invocation(record))
        let listed = try Listed(batch)
        #expect(listed.invocations.map(\.id) == ["one", "two"])
        #expect(listed.invocations.map(\.status) == ["failed", "running"])
    }

    @Test func omitsAConnectionThatHasClosed() throws {
        var batch = ActivityBatch()
        batch.merge(.connection(.example("a=")))
        batch.merge(.connection(.example("b=")))
        batch.merge(.connectionClosed(id: "a=", code: 1000, reason: "bye"))
        let listed = try Listed(batch)
        #expect(listed.connections.map(\.id) == ["b="])
        #expect(listed.closed?.map(\.id) == ["a="])
    }

    @Test func dropsChangesForAClientThatDoesNotRead() throws {
        var batch = ActivityBatch()
        for number in 0..<(2 * ActivityBatch.changeLimit) {
            batch.merge(.connectionClosed(id: "\(number)", code: 1000, reason: ""))
        }
        #expect(batch.changeCount == 2 * ActivityBatch.changeLimit)
        #expect(try Listed(batch).closed?.isEmpty == true)
    }

    @Test func limitsTheConnectionsInASnapshot() throws {
        let activity = ActivityRecorder()
        for number in 0..<(ActivitySnapshot.connectionLimit + 20) { activity.opened(.example("\(number)")) }
        let snapshot = ActivitySnapshot(of: activity)
        #expect(snapshot.connections.count == ActivitySnapshot.connectionLimit)
        #expect(snapshot.connectionCount == ActivitySnapshot.connectionLimit + 20)
    }

    // MARK: Actions

    @Test func replaysTheSameEventOnTheSameFunction() async throws {
        let console = try await ConsoleFixture()
        console.activity.began(.example("one"))
        let response = try await console.respond(.POST, "/_local/invocations/one/replay")
        #expect(try response.decoded([String: String].self) == ["requestId": "replayed"])
        let request = try #require(console.invoker.requests.first)
        #expect(request.function == "SendMessage")
        #expect(String(buffer: request.payload) == #"{"body":"hello"}"#)
        #expect(request.trigger == "Replay of WebSocket send-message")
    }

    @Test func marksAReplayOfAReplayOnce() async throws {
        let console = try await ConsoleFixture()
        var record = InvocationRecord.example("one")
        record.trigger = "Replay of WebSocket send-message"
        console.activity.began(record)
        _ = try await console.respond(.POST, "/_local/invocations/one/replay")
        #expect(console.invoker.requests.map(\.trigger) == ["Replay of WebSocket send-message"])
    }

    @Test func refusesToReplayATruncatedEvent() async throws {
        let console = try await ConsoleFixture()
        console.activity.began(.example("long", event: String(repeating: "x", count: ActivityRecorder.textLimit)))
        let response = try await console.respond(.POST, "/_local/invocations/long/replay")
        #expect(response.status == .conflict)
        #expect(console.invoker.requests.isEmpty)
    }

    @Test func refusesToReplayAnEventThatIsNoLongerKept() async throws {
        let console = try await ConsoleFixture()
        let event = String(repeating: "x", count: ActivityRecorder.textLimit - 1)
        for number in 0...(ActivityRecorder.memoryLimit / event.utf8.count + 1) {
            console.activity.began(.example("\(number)", event: event))
        }
        #expect(try await console.respond(.POST, "/_local/invocations/0/replay").status == .conflict)
        #expect(console.invoker.requests.isEmpty)
    }

    @Test func reportsWhyAReplayFailed() async throws {
        let console = try await ConsoleFixture()
        console.activity.began(.example("one"))
        console.invoker.answer(with: .unknownFunction)
        #expect(try await console.respond(.POST, "/_local/invocations/one/replay").status == .notFound)
        console.invoker.answer(with: .throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded"))
        let throttled = try await console.respond(.POST, "/_local/invocations/one/replay")
        #expect(throttled.status == .tooManyRequests)
        #expect(throttled.text.contains("ReservedFunctionConcurrentInvocationLimitExceeded"))
    }

    @Test(arguments: ["abc-_12%3D", "abc-_12="])
    func disconnectsAConnection(id: String) async throws {
        let console = try await ConsoleFixture()
        let response = try await console.respond(.DELETE, "/_local/connections/\(id)")
        #expect(response.status == .noContent)
        #expect(console.disconnected.ids == ["abc-_12="])
    }
}

/// The fields of a snapshot or a batch that the tests check.
private struct Listed: Decodable {
    struct Item: Decodable {
        var id: String
        var status: String?
        var duration: Double?
    }
    struct Text: Decodable { var text: String }

    var invocations: [Item]
    var connections: [Item]
    var closed: [Item]?
    var connectionCount: Int?
    var notices: [Text]
}

extension Listed {
    init(_ batch: ActivityBatch) throws {
        self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(batch))
    }
}

/// Parses Server-Sent Events, one in each chunk.
private struct Events {
    private var iterator: AsyncThrowingStream<ByteBuffer, any Error>.Iterator

    init(of response: OutgoingResponse) throws { iterator = try Self.chunks(of: response).makeAsyncIterator() }

    static func chunks(of response: OutgoingResponse) throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        guard case .stream(let chunks) = response.body else { throw NotAnEvent() }
        return chunks
    }

    mutating func next() async throws -> (name: String, listed: Listed) {
        guard let chunk = try await iterator.next(isolation: #isolation),
            let event = String(buffer: chunk).wholeMatch(of: /event: (\w+)\ndata: ([^\n]*)\n\n/)
        else { throw NotAnEvent() }
        return (String(event.output.1), try JSONDecoder().decode(Listed.self, from: Data(event.output.2.utf8)))
    }

    struct NotAnEvent: Error {}
}
