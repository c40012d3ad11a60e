import Foundation
import Testing

/// Runs `EchoFunction` in a process, as Lambda does.
@Suite struct FunctionProcessTests {
    @Test func answersAnEventAndLogsItsRequestID() async throws {
        let server = try await ScriptedServer([.respond(HTTPRuntimeAPITests.event), .hold])
        let function = try FunctionProcess(runtimeAPI: server.address)
        try await server.waitForRequests(2)
        #expect(server.requests[1].hasSuffix("\r\n\r\n" + #"{"text":"hi"}"#))
        function.terminate()
        try await server.release(HTTPRuntimeAPITests.accepted)
        let (status, output) = await function.end()
        #expect(status == 0)
        #expect(output.contains(#""requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","text":"hi"}"#))
        try await server.stop()
    }

    @Test func exposesTheTraceIDToLibraries() async throws {
        let body = #"{"text":"","variable":"_X_AMZN_TRACE_ID"}"#
        func event(_ trace: String) -> ScriptedServer.Step {
            .respond(
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n\(trace)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        }
        let long = String(repeating: "x", count: 1_000)
        let accepted = ScriptedServer.Step.respond(HTTPRuntimeAPITests.accepted)
        let server = try await ScriptedServer([
            event("Lambda-Runtime-Trace-Id: Root=1\r\n"), accepted, event("Lambda-Runtime-Trace-Id: \(long)\r\n"),
            accepted,
            event(""), accepted, event("Lambda-Runtime-Trace-Id: 2\r\n"), accepted, .hold,
        ])
        let function = try FunctionProcess(runtimeAPI: server.address)
        try await server.waitForRequests(9)
        let answers = [1, 3, 5, 7].map { server.requests[$0].components(separatedBy: "\r\n\r\n")[1] }
        #expect(answers == ["Root=1", long, "", "2"].map { #"{"text":"\#($0)"}"# })
        function.terminate()
        #expect(await function.end().status == 0)
        try await server.stop()
    }

    @Test func exitsAtOnceOnSIGTERMWhileIdle() async throws {
        let server = try await ScriptedServer([.hold])
        let function = try FunctionProcess(runtimeAPI: server.address)
        try await server.waitForRequests(1)
        function.terminate()
        #expect(await function.end().status == 0)
        try await server.stop()
    }

    @Test func finishesItsInvocationOnSIGTERM() async throws {
        let server = try await ScriptedServer([.respond(HTTPRuntimeAPITests.event), .hold, .hold])
        let function = try FunctionProcess(runtimeAPI: server.address)
        try await server.waitForRequests(2)
        function.terminate()
        try await server.release(HTTPRuntimeAPITests.accepted)
        #expect(await function.end().status == 0)
        // It requested the next event, so the signal did not end it earlier.
        try await server.waitForRequests(3)
        try await server.stop()
    }

    @Test func exitsQuietlyWhenLambdaClosesTheConnection() async throws {
        let server = try await ScriptedServer([.hold])
        let function = try FunctionProcess(runtimeAPI: server.address)
        try await server.waitForRequests(1)
        try await server.stop()
        let (status, output) = await function.end()
        #expect(status == 0)
        #expect(output.isEmpty)
    }

    @Test func reportsAnInitializationError() async throws {
        let server = try await ScriptedServer([.respond(HTTPRuntimeAPITests.accepted)])
        let function = try FunctionProcess(runtimeAPI: server.address, arguments: ["--fail"])
        let (status, output) = await function.end()
        #expect(status == 1)
        #expect(server.requests.count == 1)
        #expect(
            server.requests.first?.hasSuffix(
                #"{"errorType":"Function.InitializationFailed","errorMessage":"Failure requested.","stackTrace":[]}"#
            ) == true
        )
        #expect(output.contains(#""level":"FATAL","message":"Initialization failed""#))
        try await server.stop()
    }

    @Test(arguments: [nil, "", "127.0.0.1:1"])
    func explainsWhyItCannotRunWithoutLambda(address: String?) async throws {
        let (status, output) = try await FunctionProcess(runtimeAPI: address).end()
        #expect(status == 1)
        #expect(output.contains(address == "127.0.0.1:1" ? "Connection refused" : "AWS_LAMBDA_RUNTIME_API is not set"))
    }
}

/// A running `EchoFunction`.
private final class FunctionProcess {
    private let process = Process()
    private let output = Pipe()
    private let exit: AsyncStream<Int32>

    init(runtimeAPI: String?, arguments: [String] = []) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "EchoFunction")
        process.arguments = arguments
        process.environment = runtimeAPI.map { ["AWS_LAMBDA_RUNTIME_API": $0] } ?? [:]
        process.standardOutput = output
        process.standardError = output
        let (exit, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.exit = exit
        process.terminationHandler = {
            // A process that a signal terminated has no exit status.
            continuation.yield($0.terminationReason == .exit ? $0.terminationStatus : -1)
        }
        try process.run()
    }

    /// Sends SIGTERM.
    func terminate() { process.terminate() }

    /// Waits for the process to exit, and returns its output.
    func end() async -> (status: Int32, output: String) {
        var statuses = exit.makeAsyncIterator()
        let status = await statuses.next() ?? -1
        return (status, String(decoding: output.fileHandleForReading.availableData, as: UTF8.self))
    }
}

extension ScriptedServer {
    /// Waits until the server has received `count` requests in total.
    fileprivate func waitForRequests(_ count: Int) async throws {
        var arrivals = arrivals.makeAsyncIterator()
        while requests.count < count { _ = await arrivals.next() }
    }
}
