import Activity
import ChildProcesses
import EmulatorCore
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import LambdaHost

/// Where one process has to serve one invocation after the other, its concurrency is reserved: an invocation that comes
/// before the process has asked for it may start another otherwise.
@Suite(.timeLimit(.minutes(1)))
struct LambdaHostTests {
    @Test func answersWithWhatTheFunctionPosts() async throws {
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

    @Test func tellsTheFunctionWhatAWSTells() async throws {
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

    @Test func reportsWhatTheFunctionReports() async throws {
        let function = try ScriptedFunction(
            script: """
                while True:
                    id, body, response = next_event()
                    call("POST", f"invocation/{id}/error", '{"errorType":"E","errorMessage":"' + str(os.getpid()) + '"}')
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, activity in
            let first = await host.invoke().error
            #expect(first?.type == "E")
            // The process goes on after an error.
            #expect(await host.invoke().error == first)
            #expect(activity.invocations.map(\.status) == [.failed, .failed])
        }
    }

    @Test(arguments: [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(127)", "Runtime exited with error: exit status 127"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ])
    func reportsAnExit(statement: String, message: String) async throws {
        let duringInvocation = try ScriptedFunction("Invocation", script: "next_event()\n\(statement)")
        let duringInit = try ScriptedFunction("Init", script: statement)
        try await withHost([duringInvocation, duringInit]) { host, activity in
            for name in ["Invocation", "Init"] {
                let result = await host.invoke(name)
                #expect(result.error?.type == "Runtime.ExitError")
                #expect(result.error?.message == "RequestId: \(result.requestID) Error: \(message)")
            }
            #expect(activity.invocations.map(\.status) == [.failed, .failed])
            #expect(activity.invocations.allSatisfy { $0.logs.last?.text.hasSuffix("Error: \(message)") == true })
        }
    }

    @Test func startsOneProcessForEachInvocationOfAFunctionThatCrashesAtInit() async throws {
        let function = try ScriptedFunction(
            script: """
                open("starts", "a").write("x")
                call("POST", "init/error", '{"errorType":"Runtime.Broken","errorMessage":"no database"}')
                sys.exit(1)
                """
        )
        try await withHost([function]) { host, activity in
            for _ in 0..<3 {
                #expect(await host.invoke().error == ErrorDocument(type: "Runtime.Broken", message: "no database"))
            }
            let starts = try String(contentsOf: function.folder.appending(path: "starts"), encoding: .utf8)
            #expect(starts == "xxx")
            #expect(activity.notices.allSatisfy { $0.text.contains("no database") && $0.level == .error })
            #expect(activity.notices.count == 3)
        }
    }

    @Test func namesThePathsWhereNoExecutableIs() async throws {
        let missing = try ScriptedFunction("Missing", script: "")
        try FileManager.default.removeItem(at: missing.folder.appending(path: "bootstrap"))
        let forbidden = try ScriptedFunction("Forbidden", script: "")
        let path = forbidden.folder.appending(path: "bootstrap").path
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try await withHost([missing, forbidden]) { host, _ in
            let error = await host.invoke("Missing").error
            #expect(error?.type == "Runtime.InvalidEntrypoint")
            #expect(
                error?.message.hasSuffix("Couldn't find valid bootstrap(s): [\(missing.folder.path)/bootstrap]") == true
            )
            let second = await host.invoke("Forbidden").error
            #expect(second?.type == "Runtime.InvalidEntrypoint")
            #expect(second?.message.components(separatedBy: "Error: ").last == "fork/exec \(path): permission denied")
        }
    }

    @Test func killsAProcessThatTakesTooLongAndItsChildren() async throws {
        let function = try ScriptedFunction(
            script: """
                import subprocess
                id, body, response = next_event()
                child = subprocess.Popen(["sleep", "1000"])
                print(os.getpid(), child.pid, flush=True)
                time.sleep(1000)
                """,
            timeout: 1
        )
        try await withHost([function]) { host, activity in
            let result = await host.invoke()
            #expect(
                result.error
                    == ErrorDocument(
                        type: "Sandbox.Timedout",
                        message: "RequestId: \(result.requestID) Error: Task timed out after 1.00 seconds"
                    )
            )
            let record = try #require(activity.invocation(result.requestID))
            #expect(record.status == .timedOut)
            let processes = record.logs[0].text.split(separator: " ").compactMap { Int32($0) }
            #expect(processes.count == 2)
            for process in processes { await waitForEnd(of: process) }
            try function.install("serve(lambda body: b'\"recovered\"')")
            #expect(await host.invoke().text == #""recovered""#)
        }
    }

    @Test func givesASlowInitASecondChanceWithinTheFunctionsTimeout() async throws {
        let log = LogCollector()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        options.initializationLimit = 1
        let function = try ScriptedFunction(script: "#!/bin/sh\nsleep 1000\n", timeout: 2)
        try await withHost([function], options: options) { host, _ in
            let result = await host.invoke()
            #expect(result.error?.type == "Sandbox.Timedout")
            #expect(result.error?.message.hasSuffix("Task timed out after 2.00 seconds") == true)
            for seconds in 1...2 {
                #expect(await log.line { $0.isFailure }?.text == "Error: Task timed out after \(seconds).00 seconds")
            }
        }
    }

    @Test func letsACallerGoThatWaitedLongEnough() async throws {
        let log = LogCollector()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        let function = try ScriptedFunction(
            script: """
                def handler(body):
                    while body == b"1" and not os.path.exists("go"): time.sleep(0.005)
                    print("went on", flush=True)
                    return body
                serve(handler)
                """,
            reservedConcurrency: 1
        )
        try await withHost([function], options: options) { host, activity in
            #expect(await host.invoke("Function", "0").text == "0")
            let result = await host.invoke("Function", "1", callerTimeout: 200)
            guard case .callerTimeout = result.outcome else { return _ = Issue.record("\(result.outcome)") }
            #expect(activity.invocation(result.requestID)?.status == .running)
            let changes = activity.changes()
            try Data().write(to: function.folder.appending(path: "go"))
            #expect(await log.line { $0.requestID == result.requestID }?.text == "went on")
            for await case .invocation(let record) in changes
            where record.id == result.requestID && record.status != .running {
                break
            }
            #expect(await host.invoke("Function", "2").text == "2")
            // The third may meet a process that has answered and not yet asked again, and get another.
            #expect(Set(activity.invocations.prefix(2).map(\.processID)).count == 1)
            #expect(activity.invocation(result.requestID)?.response == "1")
        }
    }

    @Test func refusesAResponseOverSixMegabytes() async throws {
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

    @Test func takesAChunkedBodyAfterAskingForIt() async throws {
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

    @Test func answersAsTheRuntimeAPIDoesOutOfTurn() async throws {
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

    @Test func runsTheNewExecutableAndStopsTheOldOne() async throws {
        let function = try ScriptedFunction(script: "serve(lambda body: str(os.getpid()).encode())")
        try await withHost([function]) { host, _ in
            let old = try #require(await host.invoke().text.flatMap { Int32($0) })
            try function.install("serve(lambda body: b'\"new\"')")
            #expect(await host.invoke().text == #""new""#)
            await waitForEnd(of: old)
            #expect(await host.invoke().text == #""new""#)
        }
    }

    @Test func refusesMoreThanTheReservedConcurrency() async throws {
        let function = try ScriptedFunction(
            script: """
                open("running", "w").close()
                def handler(body):
                    while body == b"1" and not os.path.exists("go"): time.sleep(0.005)
                    return body
                serve(handler)
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, activity in
            async let first = host.invoke("Function", "1")
            while !activity.invocations.contains(where: { $0.event == "1" }) { await Task.yield() }
            let second = await host.invoke("Function", "2")
            guard case .throttled(let reason) = second.outcome else { return _ = Issue.record("\(second.outcome)") }
            #expect(reason == "ReservedFunctionConcurrentInvocationLimitExceeded")
            #expect(activity.invocation(second.requestID)?.status == .throttled)
            try Data().write(to: function.folder.appending(path: "go"))
            #expect(await first.text == "1")
            #expect(await host.invoke("Function", "3").text == "3")
        }
    }

    @Test func runsAsManyProcessesAsThereAreInvocationsAtOnce() async throws {
        // Each waits for all the others.
        let function = try ScriptedFunction(
            script: """
                def handler(body):
                    open("arrived" + body.decode(), "w").close()
                    while len([name for name in os.listdir() if name.startswith("arrived")]) < 5: time.sleep(0.005)
                    return str(os.getpid()).encode()
                serve(handler)
                """
        )
        try await withHost([function]) { host, _ in
            let processes = await withTaskGroup { group in
                for index in 0..<5 { group.addTask { await host.invoke("Function", String(index)).text } }
                return await group.reduce(into: Set<String>()) { $0.insert($1 ?? "") }
            }
            #expect(processes.count == 5)
        }
    }

    @Test func makesInvocationsWaitAtTheLimitOnProcesses() async throws {
        let script = "serve(lambda body: body)"
        let functions = try ["A", "B", "C"].map { try ScriptedFunction($0, script: script) }
        var options = LambdaHost.Options()
        options.maximumProcesses = 1
        try await withHost(functions, options: options) { host, _ in
            let answers = await withTaskGroup { group in
                for index in 0..<30 {
                    group.addTask { await host.invoke(["A", "B", "C"][index % 3], String(index)).text }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1 ?? "") }
            }
            #expect(answers == Set((0..<30).map(String.init)))
        }
    }

    @Test func survivesTheDeathOfAProcess() async throws {
        let log = LogCollector()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        let function = try ScriptedFunction(
            script: """
                def handler(body):
                    print("running", flush=True)
                    while body == b"1": time.sleep(0.005)
                    return str(os.getpid()).encode()
                serve(handler)
                """
        )
        try await withHost([function], options: options) { host, activity in
            let idle = try #require(await host.invoke().text.flatMap { Int32($0) })
            kill(idle, SIGKILL)
            _ = await log.line { $0.isFailure }
            let next = try #require(await host.invoke().text.flatMap { Int32($0) })
            #expect(next != idle)

            async let busy = host.invoke("Function", "1")
            var running = await log.line { $0.text == "running" }
            while activity.invocation(running?.requestID ?? "")?.event != "1" {
                running = await log.line { $0.text == "running" }
            }
            kill(next, SIGKILL)
            #expect(await busy.error?.message.hasSuffix("Runtime exited with error: signal: killed") == true)
            #expect(await host.invoke().text != nil)
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

    @Test func leavesNoProcessBehindWhenItStops() async throws {
        let log = LogCollector()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        options.terminationGrace = 1
        let stubborn = try ScriptedFunction(
            "Stubborn",
            script: """
                import subprocess
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                id, body, response = next_event()
                child = subprocess.Popen(["sleep", "1000"])
                print(os.getpid(), child.pid, flush=True)
                time.sleep(1000)
                """
        )
        let idle = try ScriptedFunction("Idle", script: "serve(lambda body: str(os.getpid()).encode())")
        try await withHost([stubborn, idle], options: options) { host, _ in
            async let busy = host.invoke("Stubborn")
            let quiet = try #require(await host.invoke("Idle").text.flatMap { Int32($0) })
            let line = await log.line { $0.function == "Stubborn" }
            let processes = line?.text.split(separator: " ").compactMap { Int32($0) } ?? []
            #expect(processes.count == 2)
            await host.stop()
            #expect(await busy.error?.message.hasSuffix("Runtime exited with error: signal: killed") == true)
            #expect(!isAlive(quiet) && !isAlive(processes[0]))
            await waitForEnd(of: processes[1])
            #expect(await host.invoke("Idle").error?.type == "Sandbox.Failure")
        }
    }

    @Test func knowsNoOtherFunctions() async throws {
        try await withHost([]) { host, activity in
            guard case .unknownFunction = await host.invoke("Nobody").outcome else {
                return _ = Issue.record("somebody answered")
            }
            #expect(activity.invocations.isEmpty)
        }
    }
}
