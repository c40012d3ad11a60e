import Foundation
import NIOCore
import NIOPosix
import Subprocess

/// Measures the whole system and prints a table. `Benchmarks/run` starts Postgres and Redis and runs this in the root of
/// the repository.
///
///     bench DATA-DIRECTORY [--quick] [SECTION …]
@main
struct Benchmark {
    /// The LocalRuntime of the same build.
    private static let localRuntime =
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "LocalRuntime").path()

    private static let sections = ["sends", "fan-out", "group-size", "history", "echo"]

    private let plan: Plan
    private let sections: Set<String>
    private let directory: String
    private let database: Postgres
    private let loop: any EventLoop

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments == ["--bare-echo-server"] { return try await BareEchoServer.run() }
        let sections = Set(arguments.dropFirst()).subtracting(["--quick"])
        guard let directory = arguments.first, sections.isSubset(of: Self.sections),
            let databaseURL = ProcessInfo.processInfo.environment["DATABASE_URL"]
        else {
            print("usage: Benchmarks/run [--quick] [\(Self.sections.joined(separator: "] ["))]")
            exit(2)
        }
        let benchmark = Benchmark(
            plan: arguments.contains("--quick") ? .quick : .full,
            sections: sections.isEmpty ? Set(Self.sections) : sections,
            directory: directory,
            database: Postgres(url: databaseURL),
            loop: MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        )
        let task = Task(executorPreference: LoopExecutor(benchmark.loop)) { try await benchmark.run() }
        let signals = [SIGINT, SIGTERM].map { cancel(task, on: $0) }
        var succeeded = false
        do {
            succeeded = !(try await task.value.hasFailures)
        } catch {
            print("error: \(task.isCancelled ? "Stopped." : "\(error)")")
        }
        signals.forEach { $0.cancel() }
        exit(succeeded ? 0 : 1)
    }

    /// Cancels the task when a signal arrives, so that it stops the servers that it started.
    private static func cancel(_ task: Task<Report, any Error>, on signalNumber: Int32) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global())
        source.setEventHandler { task.cancel() }
        source.activate()
        return source
    }

    private func run() async throws -> Report {
        var report = Report()
        print(try await conditions())
        flushStandardOutput()
        try await section("Chat", ["sends", "fan-out", "group-size"], &report) { report in
            try await withChat("bench_chat") { chat, database in
                try await section("Sends", ["sends"], &report) { try await Sends.measure(plan, chat, database, &$0) }
                try await section("Fan-out", ["fan-out"], &report) { try await FanOut.measure(plan, chat, &$0) }
                try await section("Group size", ["group-size"], &report) {
                    try await GroupSize.measure(plan, chat, database, &$0)
                }
            }
        }
        try await section("History", ["history"], &report) { report in
            try await withChat("bench_small") { small, smallDatabase in
                try await withChat("bench_large") { large, largeDatabase in
                    try await History.measure(
                        plan,
                        small: (small, smallDatabase),
                        large: (large, largeDatabase),
                        &report
                    )
                }
            }
        }
        try await section("Echo", ["echo"], &report) { report in
            let arguments = ["--template", "Benchmarks/floor/template.yaml", "--no-postgres", "--no-redis"]
            try await withLocalRuntime("echo", arguments) { runtime in
                try await withServer(
                    CommandLine.arguments[0],
                    ["--bare-echo-server"],
                    log: "\(directory)/bare.log"
                ) { bare in
                    try await Echo.measure(plan, runtime: runtime, bare: bare, on: loop, &report)
                }
            }
        }
        print(report.table)
        print("\nProcessor shares are of all processors; `client` is this benchmark's own client.")
        if report.others > 0.05 {
            print(
                "Other programs used up to \(Int(report.others * 100)) % of the processors; the figures are too pessimistic."
            )
        }
        return report
    }

    /// Runs one section, unless it was not selected. A failure is reported; the other sections still run.
    private func section(
        _ name: String,
        _ sections: Set<String>,
        _ report: inout Report,
        _ measure: (inout Report) async throws -> Void
    ) async throws {
        guard !sections.isDisjoint(with: self.sections) else { return }
        do {
            try await measure(&report)
        } catch {
            try Task.checkCancellation()
            report.fail(name, error)
        }
    }

    /// Runs the chat on a new, empty database.
    private func withChat(_ name: String, _ body: (ChatServer, Postgres) async throws -> Void) async throws {
        let database = try await database.create(name)
        // Checked, but never reached: a benchmark has few users who send as fast as they can.
        let actions = [
            "connect", "heartbeat", "send-message", "read-messages", "read", "create-conversation", "create-group",
        ]
        let limits = actions.map { "\($0)=900000/60" }.joined(separator: ",")
        let arguments = ["--parameter", "RateLimits=\(limits)", "--parameter", "ConnectionsPerUser=1000"]
        try await withLocalRuntime(name, arguments, environment: ["DATABASE_URL": database.url]) { address in
            try await body(try await ChatServer(at: address, on: loop), database)
        }
    }

    private func withLocalRuntime(
        _ name: String,
        _ arguments: [String] = [],
        environment: [Environment.Key: String?] = [:],
        _ body: (Address) async throws -> Void
    ) async throws {
        try await withServer(
            Self.localRuntime,
            ["--port", "0", "--quiet", "--data-dir", "\(directory)/\(name)"] + arguments,
            environment: environment,
            log: "\(directory)/\(name).log",
            body
        )
    }

    private func conditions() async throws -> String {
        let settings = try await database.run(
            "SELECT 'Postgres ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') "
                + "|| ', synchronous_commit ' || current_setting('synchronous_commit');"
        )
        return """
            \(ProcessInfo.processInfo.activeProcessorCount) processors, everything on this machine; \(settings)
            Plan: \(plan.name); each figure is the median of \(plan.loads), taken in turn, of \(plan.seconds) s

            """
    }
}

func flushStandardOutput() { fflush(nil) }
