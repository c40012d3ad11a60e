import Activity
import ChildProcesses
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import LambdaHost

/// A function whose bootstrap is a Python script, in its own folder.
struct ScriptedFunction {
    /// The beginning of every script: a small client of the Runtime API.
    static let prelude = """
        #!/usr/bin/env python3
        import http.client, json, os, signal, sys, time
        api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        def call(method, path, body=None, headers={}):
            api.request(method, "/2018-06-01/runtime/" + path, body, headers)
            response = api.getresponse()
            return response, response.read()
        def next_event():
            response, body = call("GET", "invocation/next")
            return response.headers["Lambda-Runtime-Aws-Request-Id"], body, response
        def respond(id, body):
            return call("POST", f"invocation/{id}/response", body)
        def serve(handler):
            while True:
                id, body, response = next_event()
                respond(id, handler(body))

        """

    let folder: URL
    var configuration: FunctionConfiguration

    init(_ name: String = "Function", script: String, timeout: Int = 30, reservedConcurrency: Int? = nil) throws {
        folder = URL.temporaryDirectory.appending(path: "lambda-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bootstrap = folder.appending(path: "bootstrap").path
        configuration = FunctionConfiguration(
            name: name,
            logicalID: "\(name)Resource",
            arn: "arn:aws:lambda:us-east-1:123456789012:function:\(name)",
            handler: "\(name).handler",
            executable: ExecutableSource(candidates: [bootstrap]),
            taskRoot: folder.path,
            timeout: timeout,
            reservedConcurrency: reservedConcurrency
        )
        try install(script)
    }

    /// Replaces the script atomically, as a linker does.
    func install(_ script: String) throws {
        let new = folder.appending(path: "bootstrap.new")
        let text = script.hasPrefix("#!") ? script : Self.prelude + script
        try Data(text.utf8).write(to: new)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: new.path)
        guard rename(new.path, folder.appending(path: "bootstrap").path) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }
}

/// Runs a test with a host, and stops all of its processes afterwards.
func withHost(
    _ functions: [ScriptedFunction],
    options: LambdaHost.Options = LambdaHost.Options(),
    _ body: (LambdaHost, ActivityRecorder) async throws -> Void
) async throws {
    let activity = ActivityRecorder()
    let watchdog = try await Watchdog.start()
    let host = LambdaHost(
        functions: functions.map(\.configuration),
        options: options,
        activity: activity,
        watchdog: watchdog,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        developerEnvironment: ["PATH": "/usr/bin:/bin", "SECRET": "leaked"]
    )
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(host, activity))
    } catch {
        result = .failure(error)
    }
    await host.stop()
    watchdog.stop()
    for function in functions { try? FileManager.default.removeItem(at: function.folder) }
    try result.get()
}

extension LambdaHost {
    func invoke(
        _ function: String = "Function",
        _ payload: String = "{}",
        callerTimeout: Int? = nil
    ) async -> InvocationResult {
        await invoke(
            InvocationRequest(
                function: function,
                payload: ByteBuffer(string: payload),
                trigger: "test",
                callerTimeout: callerTimeout
            )
        )
    }
}

extension InvocationResult {
    /// The response of the function; records an issue if it failed.
    var text: String? {
        guard case .response(let body) = outcome else {
            Issue.record("not a response: \(outcome)")
            return nil
        }
        return String(buffer: body)
    }

    /// The type and message of the error document; records an issue if the function succeeded.
    var error: ErrorDocument? {
        struct Document: Decodable {
            var errorType: String
            var errorMessage: String
        }
        guard case .functionError(let body) = outcome,
            let document = try? JSONDecoder().decode(Document.self, from: Data(body.readableBytesView))
        else {
            Issue.record("not an error document: \(outcome)")
            return nil
        }
        return ErrorDocument(type: document.errorType, message: document.errorMessage)
    }
}

/// Whether a process exists and is not a zombie.
func isAlive(_ processID: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8) else { return false }
    return status.split(separator: ")").last?.split(separator: " ").first != "Z"
}

/// Returns when the process is gone. The time limit of the test applies.
func waitForExit(of processID: Int32) async {
    while isAlive(processID) { await Task.yield() }
}

/// The log lines of functions, as a stream.
final class FunctionLog: Sendable {
    private let stream = AsyncStream<FunctionLogLine>.makeStream()

    func take(_ line: FunctionLogLine) { stream.continuation.yield(line) }

    /// Waits for the next line that satisfies a predicate.
    func line(where predicate: (FunctionLogLine) -> Bool) async -> FunctionLogLine? {
        for await line in stream.stream where predicate(line) { return line }
        return nil
    }
}

/// `#expect(actual == expected)` for the result of a mutating method, which the macro cannot call.
func expect<Value: Equatable>(
    _ actual: Value,
    _ expected: Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual == expected, sourceLocation: sourceLocation)
}
