import Activity
import EmulatorCore
import Foundation
import NIOCore
import Testing

@testable import LambdaHost

/// Tests that need one process to serve all invocations reserve a concurrency of 1: otherwise an invocation that arrives
/// before the process has asked for it may start another one.
@Suite(.timeLimit(.minutes(1)))
struct LambdaHostTests {
    @Test func returnsTheResponseOfTheFunction() async throws {
        let echo = try ScriptedFunction(script: "serve(lambda body: body)", reservedConcurrency: 1)
        try await withHost([echo]) { host, activity in
            let first = await host.invoke("Function", #"{"greeting":"hello"}"#)
            #expect(first.text == #"{"greeting":"hello"}"#)
            let second = await host.invoke("FunctionResource", "2")
            #expect(second.text == "2")
            let records = activity.invocations
            #expect(records.map(\.id) == [first.requestID, second.requestID])
            #expect(records.map(\.status) == [.succeeded, .succeeded])
            #expect(records.first?.event == #"{"greeting":"hello"}"#)
            #expect(records.first?.response == #"{"greeting":"hello"}"#)
            #expect(records.first?.initDuration != nil)
            #expect(records.last?.initDuration == nil)
            #expect(records.first?.processID == records.last?.processID)
        }
    }

    @Test func passesTheHeadersAndVariablesThatAWSPasses() async throws {
        var function = try ScriptedFunction(
            script: """
                id, body, response = next_event()
                respond(id, json.dumps({"headers": dict(response.headers), "environment": dict(os.environ),
                    "folder": os.getcwd(), "group": os.getpgid(0) == os.getpid()}))
                """
        )
        function.configuration.environment = ["GREETING": "hello", "AWS_REGION": "not this", "BASE": "mine"]
        var options = LambdaHost.Options()
        options.baseEnvironment = ["BASE": "theirs", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"]
        struct Seen: Decodable {
            var headers: [String: String]
            var environment: [String: String]
            var folder: String
            var group: Bool
        }
        try await withHost([function], options: options) { host, _ in
            var request = InvocationRequest(function: "Function", payload: ByteBuffer(string: "{}"), trigger: "test")
            request.clientContext = "e30="
            request.traceID = "Root=1-2-3"
            let result = await host.invoke(request)
            let seen = try JSONDecoder().decode(Seen.self, from: Data((result.text ?? "").utf8))
            #expect(seen.headers["Lambda-Runtime-Aws-Request-Id"] == result.requestID)
            #expect(seen.headers["Lambda-Runtime-Invoked-Function-Arn"] == function.configuration.arn)
            #expect(seen.headers["Lambda-Runtime-Client-Context"] == "e30=")
            #expect(seen.headers["Lambda-Runtime-Trace-Id"] == "Root=1-2-3")
            let deadline = Int64(seen.headers["Lambda-Runtime-Deadline-Ms"] ?? "") ?? 0
            #expect(deadline > UnixTime.now.milliseconds && deadline <= UnixTime.now.milliseconds + 30_000)
            let environment = seen.environment
            #expect(environment["GREETING"] == "hello")
            #expect(environment["BASE"] == "mine")
            #expect(environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1")
            #expect(environment["AWS_REGION"] == "us-east-1")
            #expect(environment["_HANDLER"] == "Function.handler")
            #expect(environment["LAMBDA_TASK_ROOT"] == function.folder.path)
            #expect(environment["AWS_LAMBDA_FUNCTION_NAME"] == "Function")
            #expect(environment["AWS_LAMBDA_LOG_STREAM_NAME"]?.contains("/[$LATEST]") == true)
            #expect(environment["TZ"] == ":UTC")
            #expect(environment["SECRET"] == nil)
            #expect(environment["AWS_EXECUTION_ENV"] == nil)
            #expect(seen.folder == function.folder.path)
            #expect(seen.group)
        }
    }

    @Test func attributesLinesToTheInvocationThatWroteThem() async throws {
        let function = try ScriptedFunction(
            script: """
                print("init", flush=True)
                def handler(body):
                    print("out " + body.decode(), flush=True)
                    print("err " + body.decode(), file=sys.stderr, flush=True)
                    sys.stdout.buffer.write(b"bad \\xff" + body); sys.stdout.flush()
                    return body
                serve(handler)
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, activity in
            for index in 0..<20 {
                let result = await host.invoke("Function", String(index))
                let lines = activity.invocation(result.requestID)?.logs.map(\.text)
                let own = ["out \(index)", "err \(index)", "bad \u{FFFD}\(index)"]
                #expect(lines == (index == 0 ? ["init"] + own : own))
            }
        }
    }

    @Test func refusesAResponseAboveTheLimit() async throws {
        let function = try ScriptedFunction(
            script: """
                limit = 6291556
                id, body, response = next_event()
                respond(id, b"x" * limit)
                id, body, response = next_event()
                response, body = respond(id, b"x" * (limit + 1))
                id, _, _ = next_event()
                respond(id, str(response.status).encode() + body)
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, _ in
            #expect(await host.invoke().text?.utf8.count == RuntimeAPI.payloadLimit)
            let error = await host.invoke().error
            #expect(error?.type == "Function.ResponseSizeTooLarge")
            #expect(error?.message == "Response payload size exceeded maximum allowed payload size (6291556 bytes).")
            let answer = await host.invoke().text
            #expect(answer?.hasPrefix("413") == true)
            #expect(answer?.contains(#""errorType":"RequestEntityTooLarge""#) == true)
        }
    }

    @Test func continuesAndReadsAChunkedBody() async throws {
        let function = try ScriptedFunction(
            script: """
                #!/bin/sh
                base=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
                while :; do
                    curl -sS -D headers -o event "$base/next"
                    id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *//Ip' headers | tr -d '\\r')
                    curl -sS -o answer -H 'Expect: 100-continue' -H 'Transfer-Encoding: chunked' \\
                        --data-binary @event "$base/$id/response"
                done
                """,
            reservedConcurrency: 1
        )
        let event = "\"" + String(repeating: "é", count: 100_000) + "\""
        try await withHost([function]) { host, _ in
            #expect(await host.invoke("Function", event).text == event)
            #expect(await host.invoke("Function", "1").text == "1")
        }
    }

    @Test func refusesRequestsOutOfOrder() async throws {
        let function = try ScriptedFunction(
            script: """
                seen = []
                def note(answer): seen.append([answer[0].status, json.loads(answer[1]).get("errorType")])
                note(respond("8c7a2c10-0000-4000-8000-000000000000", b"{}"))
                id, body, response = next_event()
                same, body, response = next_event()
                assert id == same
                note(respond("8c7a2c10-0000-4000-8000-000000000000", b"{}"))
                note(call("POST", "init/error", "{}"))
                note(respond(id, b"1"))
                note(respond(id, b"1"))
                note(call("GET", "nonsense"))
                id, body, response = next_event()
                respond(id, json.dumps(seen))
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, _ in
            #expect(await host.invoke().text == "1")
            let expected = """
                [[400, "InvalidRequestID"], [400, "InvalidRequestID"], [403, "InvalidStateTransition"], \
                [202, null], [403, "InvalidStateTransition"], [404, "NotFound"]]
                """
            #expect(await host.invoke().text == expected)
        }
    }

    @Test func refusesAnUnknownFunction() async throws {
        try await withHost([]) { host, activity in
            let outcome = await host.invoke("Missing").outcome
            guard case .unknownFunction = outcome else { return _ = Issue.record("\(outcome)") }
            #expect(activity.invocations.isEmpty)
        }
    }
}
