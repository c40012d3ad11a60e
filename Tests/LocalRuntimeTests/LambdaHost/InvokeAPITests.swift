import Activity
import Foundation
import HTTPListener
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import LambdaHost

@Suite(.timeLimit(.minutes(1)))
struct InvokeAPITests {
    private static let arn = "arn:aws:lambda:us-east-1:123456789012:function:Function"

    private func request(
        _ function: String = "Function",
        _ body: String = "{}",
        headers: HTTPHeaders = [:]
    ) -> IncomingRequest {
        IncomingRequest(
            method: .POST,
            uri: "/2015-03-31/functions/\(function)/invocations",
            headers: headers,
            body: ByteBuffer(string: body)
        )
    }

    private func text(_ response: OutgoingResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "a stream" }
        return String(buffer: bytes)
    }

    @Test(arguments: [
        "Function", "FunctionResource", "Function:$LATEST", "Function%3A%24LATEST", "Function?Qualifier=$LATEST",
        "123456789012:function:Function", arn, arn + ":$LATEST", arn.replacing(":", with: "%3A"),
    ])
    func acceptsEveryFormOfAFunctionReference(name: String) async throws {
        let parts = name.split(separator: "?", maxSplits: 1).map(String.init)
        var request = request(parts[0])
        if parts.count == 2 { request.uri += "?" + parts[1] }
        request.headers.add(name: "X-Amz-Invocation-Type", value: "DryRun")
        let dryRun = request
        #expect(InvokeAPI.matches(dryRun))
        try await withHost([try ScriptedFunction(script: "")]) { host, activity in
            let response = await InvokeAPI(host: host, events: StoredEvents()).respond(to: dryRun)
            #expect(response.status == .noContent)
            #expect(activity.invocations.isEmpty)
        }
    }

    @Test func returnsTheAnswerAndTheEndOfTheLog() async throws {
        let function = try ScriptedFunction(
            script: """
                def handler(body):
                    print("hello from here", flush=True)
                    return body
                serve(handler)
                """
        )
        try await withHost([function]) { host, _ in
            let response = await InvokeAPI(host: host, events: StoredEvents())
                .respond(to: request("Function", #"{"a":1}"#, headers: ["X-Amz-Log-Type": "Tail"]))
            #expect(response.status == .ok)
            #expect(text(response) == #"{"a":1}"#)
            #expect(response.headers.first(name: "X-Amz-Executed-Version") == "$LATEST")
            #expect(response.headers.first(name: "X-Amz-Function-Error") == nil)
            let id = try #require(response.headers.first(name: "x-amzn-RequestId"))
            let tail = try #require(
                response.headers.first(name: "X-Amz-Log-Result").flatMap { Data(base64Encoded: $0) }
            )
            let lines = String(decoding: tail, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines[0] == "START RequestId: \(id) Version: $LATEST")
            #expect(lines[1] == "hello from here")
            #expect(lines[2] == "END RequestId: \(id)")
            #expect(lines[3].hasPrefix("REPORT RequestId: \(id)\tDuration: "))
            #expect(lines[3].contains("\tMemory Size: 128 MB\t") && lines[3].contains("\tInit Duration: "))
        }
    }

    @Test func marksAnErrorOfTheFunction() async throws {
        try await withHost([try ScriptedFunction(script: "sys.exit(1)")]) { host, _ in
            let response = await InvokeAPI(host: host, events: StoredEvents()).respond(to: request())
            #expect(response.status == .ok)
            #expect(response.headers.first(name: "X-Amz-Function-Error") == "Unhandled")
            #expect(text(response).hasPrefix(#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: "#))
        }
    }

    @Test func passesAnEmptyBodyAsAnEmptyObject() async throws {
        try await withHost([try ScriptedFunction(script: "serve(lambda body: body)")]) { host, _ in
            let response = await InvokeAPI(host: host, events: StoredEvents()).respond(to: request("Function", ""))
            #expect(text(response) == "{}")
        }
    }

    @Test(arguments: [
        ("Missing", "{}", "RequestResponse", 404, "ResourceNotFoundException"),
        ("Function:7", "{}", "RequestResponse", 404, "ResourceNotFoundException"),
        ("Function", "{nonsense", "RequestResponse", 400, "InvalidRequestContentException"),
        ("Function", "{}", "Nonsense", 400, "InvalidParameterValueException"),
        ("a:b:c:d", "{}", "RequestResponse", 400, "ValidationException"),
        (
            "Function", "\"" + String(repeating: "x", count: 6_291_455) + "\"", "RequestResponse", 413,
            "RequestTooLargeException"
        ),
        (
            "Function", "\"" + String(repeating: "x", count: 1_048_575) + "\"", "Event", 413,
            "RequestTooLargeException"
        ),
    ])
    func refusesInvalidRequests(function: String, body: String, type: String, status: Int, error: String) async throws {
        try await withHost([try ScriptedFunction(script: "")]) { host, activity in
            let response = await InvokeAPI(host: host, events: StoredEvents())
                .respond(to: request(function, body, headers: ["X-Amz-Invocation-Type": type]))
            #expect(Int(response.status.code) == status)
            #expect(response.headers.first(name: "x-amzn-ErrorType") == error)
            #expect(activity.invocations.isEmpty)
        }
    }

    @Test func returnsTheReasonForThrottling() async throws {
        try await withHost([try ScriptedFunction(script: "", reservedConcurrency: 0)]) { host, _ in
            let response = await InvokeAPI(host: host, events: StoredEvents()).respond(to: request())
            #expect(response.status == .tooManyRequests)
            #expect(response.headers.first(name: "x-amzn-ErrorType") == "TooManyRequestsException")
            #expect(text(response).contains(#""Reason":"ReservedFunctionConcurrentInvocationLimitExceeded""#))
        }
    }

    @Test func acceptsAnEventWithoutRunningTheFunction() async throws {
        let events = StoredEvents()
        try await withHost([try ScriptedFunction(script: "")]) { host, activity in
            let response = await InvokeAPI(host: host, events: events)
                .respond(to: request("Function", "{}", headers: ["X-Amz-Invocation-Type": "Event"]))
            #expect(response.status == .accepted)
            #expect(text(response) == "")
            #expect(response.headers.first(name: "x-amzn-RequestId") == "request")
            #expect(events.functions == ["Function"])
            #expect(activity.invocations.isEmpty)
        }
    }

    @Test func refusesAnEventThatCannotBeStored() async throws {
        try await withHost([try ScriptedFunction(script: "")]) { host, _ in
            let response = await InvokeAPI(host: host, events: StoredEvents(isFull: true))
                .respond(to: request("Function", "{}", headers: ["X-Amz-Invocation-Type": "Event"]))
            #expect(response.status == .internalServerError)
        }
    }
}

/// Stores events and does not run them.
private final class StoredEvents: EventAcceptor {
    private struct Full: Error {}

    private let isFull: Bool
    private let kept = Mutex<[String]>([])

    init(isFull: Bool = false) { self.isFull = isFull }

    var functions: [String] { kept.withLock { $0 } }

    func accept(_ request: InvocationRequest) async throws -> String {
        if isFull { throw Full() }
        kept.withLock { $0.append(request.function) }
        return "request"
    }
}
