import BlockingIO
import FoundationEssentials
import Testing

@testable import LambdaRuntime

/// An actor with its own executor, so that blocking calls do not occupy the threads of other tests.
@Suite actor HTTPRuntimeAPITests {
    private let executor = BlockingExecutor(label: "runtime-api")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.forActor }

    static let event = """
        HTTP/1.1 200 OK\r
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r
        Lambda-Runtime-Deadline-Ms: 1542409706888\r
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-2:123456789012:function:custom-runtime\r
        Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r
        Content-Type: application/json\r
        Content-Length: 13\r
        \r
        {"text":"hi"}
        """
    static let accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

    @Test func parsesAnInvocation() async throws {
        let server = try await ScriptedServer([.respond(Self.event)])
        let invocation = try HTTPRuntimeAPI(address: server.address).next()
        #expect(invocation.requestID == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        #expect(invocation.deadline == 1_542_409_706_888)
        #expect(invocation.invokedFunctionARN == "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime")
        #expect(invocation.traceID == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
        #expect(invocation.event == Data(#"{"text":"hi"}"#.utf8))
        #expect(
            server.requests == [
                "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: \(server.address)\r\n\r\n"
            ]
        )
        try await server.stop()
    }

    @Test func usesOneConnectionForAllRequests() async throws {
        let server = try await ScriptedServer([
            .respond(Self.event), .respond(Self.accepted), .respond(Self.event), .respond(Self.accepted),
        ])
        let api = HTTPRuntimeAPI(address: server.address)
        let first = try api.next()
        try api.respond(to: first.requestID, with: Data("1".utf8))
        let second = try api.next()
        try api.report(ErrorReport(errorType: "Function.A", errorMessage: "b"), of: second.requestID)

        #expect(server.connections == 1)
        #expect(
            server.requests[1]
                == "POST /2018-06-01/runtime/invocation/\(first.requestID)/response HTTP/1.1\r\nHost: \(server.address)\r\n"
                + "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n1"
        )
        #expect(
            server.requests[3].hasPrefix("POST /2018-06-01/runtime/invocation/\(second.requestID)/error HTTP/1.1\r\n")
        )
        #expect(server.requests[3].contains("\r\nLambda-Runtime-Function-Error-Type: Function.A\r\n"))
        #expect(
            server.requests[3].hasSuffix("\r\n\r\n" + #"{"errorType":"Function.A","errorMessage":"b","stackTrace":[]}"#)
        )
        try await server.stop()
    }

    @Test func transfersSixMegabytesBothWays() async throws {
        let size = 6 * 1_024 * 1_024
        let event = "\"" + String(repeating: "x", count: size) + "\""
        let server = try await ScriptedServer([
            .respond(
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: \(size + 2)\r\n\r\n\(event)"
            ),
            .respond(Self.accepted),
        ])
        let api = HTTPRuntimeAPI(address: server.address)
        let invocation = try api.next()
        #expect(invocation.event == Data(event.utf8))
        try api.respond(to: "a", with: invocation.event)
        #expect(server.requests[1].hasSuffix("\r\n\r\n\(event)"))
        try await server.stop()
    }

    @Test func reportsAnInitializationError() async throws {
        let server = try await ScriptedServer([.respond(Self.accepted)])
        try HTTPRuntimeAPI(address: server.address)
            .reportInitializationFailure(ErrorReport(errorType: "Function.A", errorMessage: "b"))
        #expect(server.requests[0].hasPrefix("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"))
        try await server.stop()
    }

    // MARK: Closed connections

    @Test func reopensAConnectionThatThePeerClosed() async throws {
        let server = try await ScriptedServer([.respondAndClose(Self.event), .respond(Self.accepted)])
        let api = HTTPRuntimeAPI(address: server.address)
        let invocation = try api.next()
        try api.respond(to: invocation.requestID, with: Data("1".utf8))
        #expect(server.requests.count == 2)
        #expect(server.connections == 2)
        try await server.stop()
    }

    @Test func reopensAConnectionAfterConnectionClose() async throws {
        let once = Self.event.replacing("Content-Type", with: "Connection: close\r\nContent-Type")
        let server = try await ScriptedServer([.respond(once), .respond(Self.accepted)])
        let api = HTTPRuntimeAPI(address: server.address)
        let invocation = try api.next()
        try api.respond(to: invocation.requestID, with: Data("1".utf8))
        #expect(server.connections == 2)
        try await server.stop()
    }

    @Test func retriesNextOnceWhenTheConnectionCloses() async throws {
        let server = try await ScriptedServer([.respond(Self.event), .respond(Self.accepted), .close, .close, .close])
        let api = HTTPRuntimeAPI(address: server.address)
        let invocation = try api.next()
        try api.respond(to: invocation.requestID, with: Data("1".utf8))
        #expect(code { try api.next() } == .closed)
        #expect(server.requests.count == 4)
        try await server.stop()
    }

    @Test func reportsAClosedConnectionWhenLambdaStops() async throws {
        let server = try await ScriptedServer([.respond(Self.event), .respond(Self.accepted)])
        let api = HTTPRuntimeAPI(address: server.address)
        let invocation = try api.next()
        try api.respond(to: invocation.requestID, with: Data("1".utf8))
        try await server.stop()
        #expect(code { try api.next() } == .closed)
    }

    @Test(arguments: ["127.77.0.0:1", "", "127.0.0.1", "no.such.host.invalid:80", "127.0.0.1:port"])
    func failsIfTheAddressIsUnreachable(address: String) {
        #expect(code { try HTTPRuntimeAPI(address: address).next() } == .unreachable)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1 200 OK\r\n"])
    func failsOnATruncatedResponse(text: String) async throws {
        let server = try await ScriptedServer([.respondAndClose(text)])
        #expect(code { try HTTPRuntimeAPI(address: server.address).next() } == .unreachable)
        try await server.stop()
    }

    // MARK: Error responses

    @Test(arguments: [
        (400, RuntimeAPIError.Code.rejected), (403, .rejected), (413, .rejected), (500, .failed), (301, .failed),
    ])
    func distinguishesRejectedResponsesFromFailures(status: Int, expected: RuntimeAPIError.Code) async throws {
        let server = try await ScriptedServer([.respond("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")])
        #expect(code { try HTTPRuntimeAPI(address: server.address).respond(to: "a", with: Data()) } == expected)
        try await server.stop()
    }

    @Test(arguments: [(403, RuntimeAPIError.Code.failed), (500, .failed), (200, .malformedResponse)])
    func failsIfNextReturnsNoInvocation(status: Int, expected: RuntimeAPIError.Code) async throws {
        let server = try await ScriptedServer([.respond("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")])
        #expect(code { try HTTPRuntimeAPI(address: server.address).next() } == expected)
        try await server.stop()
    }

    @Test func ignoresTheRejectionOfALateErrorReport() async throws {
        let server = try await ScriptedServer([.respond("HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n")])
        try HTTPRuntimeAPI(address: server.address)
            .report(ErrorReport(errorType: "Function.A", errorMessage: "b"), of: "a")
        try await server.stop()
    }

    private func code(_ body: () throws -> some Any) -> RuntimeAPIError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? RuntimeAPIError)?.code
        }
    }
}
