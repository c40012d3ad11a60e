import Activity
import EmulatorCore
import Foundation
import GatewayCore
import LambdaHost
import NIOCore
import SAMTemplate
import SQS
import Synchronization
import Testing

@testable import EventSources

@Suite(.timeLimit(.minutes(1)))
struct AsynchronousInvokerTests {
    private static let arn = "arn:aws:lambda:us-east-1:123456789012:function:F"
    private static let queue = "arn:aws:sqs:us-east-1:123456789012:"

    /// A clock that tests can advance.
    private final class Clock: Sendable {
        private let shift = Mutex<Int64>(0)

        @Sendable func now() -> Int64 {
            Int64(Date().timeIntervalSince1970 * 1_000) + shift.withLock { $0 }
        }

        func advance(_ seconds: Int64) { shift.withLock { $0 += seconds * 1_000 } }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)

        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    private struct Bench {
        let clock = Clock()
        let log = CallLog()
        let queues: QueueService
        let invoker: AsynchronousInvoker

        init(
            folder: URL = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString),
            retries: Int = 2,
            function: @escaping StubInvoker.Function
        ) async throws {
            queues = try QueueService(
                folder: folder.path,
                declarations: ["dead", "ended"].map { .init(name: $0, settings: QueueSettings(isFIFO: false)) },
                accountID: "123456789012",
                region: "us-east-1",
                url: "http://127.0.0.1:3001",
                now: clock.now
            )
            var resource = FunctionResource(logicalID: "F", name: "F", arn: arn, handler: "h", runtime: "provided")
            resource.asynchronous.maximumRetryAttempts = retries
            resource.asynchronous.deadLetterTarget = queue + "dead"
            resource.asynchronous.onFailure = queue + "ended"
            resource.asynchronous.onSuccess = queue + "ended"
            invoker = AsynchronousInvoker(
                queue: try queues.privateQueue("events"),
                functions: [resource],
                invoker: StubInvoker(functions: ["F": function], log: log),
                retryDelays: [0],
                queues: queues,
                activity: ActivityRecorder(),
                now: clock.now
            )
        }

        func next(_ name: String) async throws -> Queue.Received? {
            for _ in 1...6 {
                if let next = try await queues.queue(named: name)?.receive(1, wait: 20).first { return next }
            }
            return nil
        }

        func record() async throws -> JSONValue {
            let message = try #require(try await next("ended"))
            return try JSONValue(parsing: ByteBuffer(string: message.message.body))
        }

        func accept(_ event: String = #"{"a":1}"#) async throws -> String {
            try await invoker.accept(
                InvocationRequest(function: "F", payload: ByteBuffer(string: event), trigger: "test")
            )
        }

        func running(_ body: () async throws -> Void) async throws {
            let task = Task { await invoker.run() }
            defer { task.cancel() }
            try await body()
        }
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 3)])
    func retriesAFailedFunctionUpToItsMaximum(retries: Int, attempts: Int64) async throws {
        let bench = try await Bench(retries: retries, function: StubInvoker.always(.failure("no luck")))
        try await bench.running {
            let id = try await bench.accept()
            let record = try await bench.record()
            #expect(record["requestContext"]?["condition"] == .string("RetriesExhausted"))
            #expect(record["requestContext"]?["requestId"] == .string(id))
            #expect(record["requestContext"]?["approximateInvokeCount"] == .integer(attempts))
            #expect(record["requestPayload"] == .object(["a": .integer(1)]))
            #expect(record["responsePayload"]?["errorMessage"] == .string("no luck"))
            let dead = try #require(try await bench.next("dead"))
            #expect(dead.message.body == #"{"a":1}"#)
            #expect(dead.message.attributes.map(\.name) == ["ErrorCode", "ErrorMessage", "RequestID"])
        }
    }

    @Test func sendsASuccessToItsDestination() async throws {
        let bench = try await Bench(function: StubInvoker.answering("plain text"))
        try await bench.running {
            _ = try await bench.accept()
            let record = try await bench.record()
            #expect(record["requestContext"]?["condition"] == .string("Success"))
            #expect(record["responsePayload"] == .string("plain text"))
            #expect(record["responseContext"]?["functionError"] == nil)
        }
    }

    @Test func doesNotInvokeAFunctionWithAnEventThatIsTooOld() async throws {
        let bench = try await Bench(function: StubInvoker.answering("{}"))
        _ = try await bench.accept()
        bench.clock.advance(21_601)
        try await bench.running {
            let record = try await bench.record()
            #expect(record["requestContext"]?["condition"] == .string("EventAgeExceeded"))
            #expect(record["requestContext"]?["approximateInvokeCount"] == .integer(0))
            #expect(record["responseContext"] == nil)
        }
    }

    @Test func doesNotCountThrottlingAsAnAttempt() async throws {
        let calls = Counter()
        let bench = try await Bench(retries: 0) { _ in
            calls.next() < 3 ? .throttled(reason: "x") : .answer("{}")
        }
        try await bench.running {
            _ = try await bench.accept()
            let record = try await bench.record()
            #expect(record["requestContext"]?["condition"] == .string("Success"))
            #expect(record["requestContext"]?["approximateInvokeCount"] == .integer(1))
        }
    }

    @Test func runsAnEventThatAnEarlierProcessAccepted() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let first = try await Bench(folder: folder, function: StubInvoker.answering("{}"))
        let id = try await first.accept()
        // The folder as another process finds it after this one was killed.
        let copy = folder.appendingPathExtension("copy")
        try FileManager.default.copyItem(at: folder, to: copy)
        let second = try await Bench(folder: copy, function: StubInvoker.answering("{}"))
        try await second.running {
            let record = try await second.record()
            #expect(record["requestContext"]?["requestId"] == .string(id))
        }
    }
}
