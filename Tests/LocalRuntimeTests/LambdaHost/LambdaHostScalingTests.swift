import Activity
import Foundation
import Testing

@testable import LambdaHost

@Suite(.timeLimit(.minutes(1)))
struct LambdaHostScalingTests {
    @Test func replacesProcessesWhenTheExecutableChanges() async throws {
        let function = try ScriptedFunction(script: "serve(lambda body: str(os.getpid()).encode())")
        try await withHost([function]) { host, _ in
            let old = try #require(await host.invoke().text.flatMap { Int32($0) })
            try function.install("serve(lambda body: b'\"new\"')")
            #expect(await host.invoke().text == #""new""#)
            await waitForExit(of: old)
            #expect(await host.invoke().text == #""new""#)
        }
    }

    @Test func throttlesAboveTheReservedConcurrency() async throws {
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

    @Test func runsOneProcessPerConcurrentInvocation() async throws {
        // Each invocation waits for all the others.
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

    @Test func queuesInvocationsAtTheLimitOnProcesses() async throws {
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

    @Test func leavesNoProcessBehindWhenItStops() async throws {
        let log = FunctionLog()
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
            await waitForExit(of: processes[1])
            #expect(await host.invoke("Idle").error?.type == "Sandbox.Failure")
        }
    }
}
