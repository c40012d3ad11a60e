import Activity
import Foundation
import NIOCore
import Testing

@testable import LambdaHost

/// Tests that need one process to serve all invocations reserve a concurrency of 1: otherwise an invocation that arrives
/// before the process has asked for it may start another one.
@Suite(.timeLimit(.minutes(1)))
struct LambdaHostFailureTests {
    @Test func returnsTheErrorThatTheFunctionReports() async throws {
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
            // The process is reused after an error.
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

    @Test func startsOneProcessPerInvocationOfAFunctionThatFailsToInitialize() async throws {
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

    @Test func namesThePathsOfAMissingExecutable() async throws {
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

    @Test func killsAProcessAndItsChildrenAtTheTimeout() async throws {
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
            for process in processes { await waitForExit(of: process) }
            try function.install("serve(lambda body: b'\"recovered\"')")
            #expect(await host.invoke().text == #""recovered""#)
        }
    }

    /// Such a process would keep the concurrency that is reserved for its function.
    @Test(arguments: ["respond(id, body)", "call('POST', f'invocation/{id}/error', '{}')"])
    func replacesAProcessThatAnswersAndNeverAsksAgain(answer: String) async throws {
        let log = FunctionLog()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        let function = try ScriptedFunction(
            script: """
                id, body, response = next_event()
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                \(answer)
                time.sleep(1000)
                """,
            timeout: 1,
            reservedConcurrency: 1
        )
        try await withHost([function], options: options) { host, _ in
            for _ in 0..<2 {
                let result = await host.invoke("Function", "{}")
                let failure = await log.line { $0.isFailure }
                #expect(failure?.requestID == result.requestID)
                #expect(failure?.text.hasSuffix("Task timed out after 1.00 seconds") == true)
            }
        }
    }

    @Test func retriesASlowInitializationWithTheFunctionsTimeout() async throws {
        let log = FunctionLog()
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

    @Test func continuesAnInvocationWhoseCallerTimedOut() async throws {
        let log = FunctionLog()
        var options = LambdaHost.Options()
        options.output = { log.take($0) }
        let function = try ScriptedFunction(
            script: """
                def handler(body):
                    while body == b"1" and not os.path.exists("go"): time.sleep(0.005)
                    print("continued", flush=True)
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
            #expect(await log.line { $0.requestID == result.requestID }?.text == "continued")
            for await case .invocation(let record) in changes
            where record.id == result.requestID && record.status != .running {
                break
            }
            #expect(await host.invoke("Function", "2").text == "2")
            // The third invocation may start another process, if the first one has not asked for an event again.
            #expect(Set(activity.invocations.prefix(2).map(\.processID)).count == 1)
            #expect(activity.invocation(result.requestID)?.response == "1")
        }
    }

    @Test func replacesAProcessThatWasKilled() async throws {
        let log = FunctionLog()
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
}
