import Activity
import DevConsole
import Foundation
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// A console whose dependencies are replaced by values that a test can set and inspect.
struct ConsoleFixture {
    let activity = ActivityRecorder()
    let invoker = RecordingInvoker()
    let disconnected = RecordedIDs()
    var console: DevConsole

    init(policy: RequestPolicy = RequestPolicy(), isHealthy: Bool = true) async throws {
        console = DevConsole(
            activity: activity,
            invoker: invoker,
            issuer: try await Self.issuer.value,
            policy: policy,
            info: { Self.info },
            health: { HealthReport(checks: [.init(name: "postgres", isHealthy: isHealthy)]) },
            disconnect: { [disconnected] id in disconnected.record(id, unless: "gone=") }
        )
    }

    /// Shared, because generating a key takes long in a debug build.
    private static let issuer = Task {
        let directory = try TemporaryDirectory()
        return try await DevelopmentIssuer(url: issuerURL, dataDirectory: directory.path)
    }

    static let issuerURL = "http://127.0.0.1:3000/_local"

    static let info = RuntimeInfo(
        template: "template.yaml",
        webSocketURL: "ws://127.0.0.1:3000/live",
        httpURL: nil,
        servicesURL: "http://127.0.0.1:3001/",
        apis: [
            .init(
                logicalId: "WebSocketApi",
                protocol: .webSocket,
                stage: "live",
                url: "ws://127.0.0.1:3000/live",
                routes: ["$connect", "send-message"]
            )
        ],
        functions: [.init(name: "SendMessage", handler: "SendMessage")],
        credentials: .init(accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example-secret")
    )

    func respond(
        _ method: HTTPMethod,
        _ uri: String,
        headers: HTTPHeaders = ["Host": "127.0.0.1:3000"],
        body: String = "",
        isFromThisMachine: Bool = true
    ) async throws -> OutgoingResponse {
        try #require(
            await console.respond(
                to: IncomingRequest(
                    method: method,
                    uri: uri,
                    headers: headers,
                    body: ByteBuffer(string: body),
                    isFromThisMachine: isFromThisMachine
                )
            )
        )
    }
}

/// A folder that is deleted with the last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "console-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

final class RecordingInvoker: FunctionInvoker {
    private let state = Mutex(
        (requests: [InvocationRequest](), outcome: InvocationResult.Outcome.response(ByteBuffer()))
    )

    var requests: [InvocationRequest] { state.withLock { $0.requests } }

    func answer(with outcome: InvocationResult.Outcome) { state.withLock { $0.outcome = outcome } }

    func invoke(_ request: InvocationRequest) async -> InvocationResult {
        state.withLock { state in
            state.requests.append(request)
            return InvocationResult(requestID: "replayed", outcome: state.outcome)
        }
    }
}

final class RecordedIDs: Sendable {
    private let state = Mutex([String]())

    var ids: [String] { state.withLock { $0 } }

    func record(_ id: String, unless missing: String) -> Bool {
        state.withLock { $0.append(id) }
        return id != missing
    }
}

extension OutgoingResponse {
    var text: String {
        guard case .bytes(let buffer) = body else { return "" }
        return String(buffer: buffer)
    }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension InvocationRecord {
    static func example(_ id: String, event: String = #"{"body":"hello"}"#) -> Self {
        InvocationRecord(
            id: id,
            function: "SendMessage",
            trigger: "WebSocket send-message",
            startedAt: 1_700_000_000_000,
            event: event
        )
    }
}

extension ConnectionRecord {
    static func example(_ id: String) -> Self {
        ConnectionRecord(
            id: id,
            api: "WebSocketApi",
            stage: "live",
            connectedAt: 1_700_000_000_000,
            sourceIP: "127.0.0.1",
            userAgent: nil,
            principal: "alice"
        )
    }
}
