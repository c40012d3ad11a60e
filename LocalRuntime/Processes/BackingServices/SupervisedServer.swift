import ChildProcesses
import EmulatorCore
import FoundationEssentials
import Glibc

/// A server process that is restarted when it exits.
actor SupervisedServer {
    /// How to start the server and check that it is ready.
    struct Plan: Sendable {
        /// The name in messages: `Postgres`.
        var name: String
        var child: ChildProcess
        var logFile: String
        /// Whether the server with this process id accepts requests.
        var isReady: @Sendable (Int32) -> Bool
        /// The signal for a clean stop.
        var stopSignal: Int32
    }

    private let plan: Plan
    private let watchdog: Watchdog
    private let progress: @Sendable (String) -> Void
    private var isStopping = false
    private var processID: Int32?
    private var run: Task<Void, Never>?
    /// The number of processes that have become ready so far.
    private var generation = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var failure: DataStoreError?

    /// Seconds until a server must be ready. Recovery after a crash can take long.
    private static let startLimit = 60
    /// Seconds between the stop signal and SIGKILL.
    private static let stopLimit = 10
    /// How often a server that has run before may fail to start. Postgres fails to start while other processes of a
    /// killed postmaster still run.
    private static let attempts = 50

    init(_ plan: Plan, watchdog: Watchdog, progress: @escaping @Sendable (String) -> Void) {
        self.plan = plan
        self.watchdog = watchdog
        self.progress = progress
    }

    /// Starts the server and returns when it is ready.
    func start() async throws(DataStoreError) {
        run = Task { await supervise() }
        await nextGeneration()
        if let failure { throw failure }
    }

    /// Stops the server and returns when its process is gone.
    func stop() async {
        isStopping = true
        send(plan.stopSignal)
        let killer = Task {
            guard (try? await Task.sleep(for: .seconds(Self.stopLimit))) != nil else { return }
            send(SIGKILL)
        }
        await run?.value
        killer.cancel()
    }

    /// Nil while no process runs.
    var currentProcessID: Int32? { processID }

    // MARK: Supervision

    private func supervise() async {
        var failuresInARow = 0
        while !isStopping {
            let ready = Task { await self.waitUntilReady() }
            let ending = await runOnce()
            processID = nil
            ready.cancel()
            let becameReady = await ready.value
            if isStopping { break }
            failuresInARow = becameReady ? 0 : failuresInARow + 1
            // The caller of start() gets the failure of the first process; later ones are retried.
            if !becameReady, generation == 0 || failuresInARow == Self.attempts {
                failure = DataStoreError(
                    .serverFailed,
                    "\(plan.name) does not start: \(ending). Its log is \(plan.logFile); it ends with:\n\(logTail())"
                )
                if generation > 0 { progress("\(plan.name) cannot be restarted: \(ending)") }
                break
            }
            progress("\(plan.name) \(ending); restarting it")
            if !becameReady { try? await Task.sleep(for: .milliseconds(200)) }
        }
        wake()
    }

    /// Runs one process and returns how it ended, for messages.
    private func runOnce() async -> String {
        guard let log = try? PrivateFile.open(plan.logFile, .readAndAppend) else { return "cannot write its log" }
        do {
            let exit = try await plan.child.run(output: log, watchdog: watchdog) { processID in
                Task { await self.began(processID) }
            }
            return switch exit {
            case .code(let code): "ended with status \(code)"
            case .signal(let signal): "was ended by signal \(signal)"
            }
        } catch {
            return "cannot be started: \(error.reason)"
        }
    }

    private func began(_ processID: Int32) {
        self.processID = processID
        if isStopping { send(plan.stopSignal) }
    }

    private func waitUntilReady() async -> Bool {
        let limit = ContinuousClock.now + .seconds(Self.startLimit)
        while !Task.isCancelled {
            if let processID, plan.isReady(processID) {
                generation += 1
                if generation > 1 { progress("\(plan.name) is ready again") }
                wake()
                return true
            }
            if ContinuousClock.now > limit { send(SIGKILL) }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private func nextGeneration() async {
        guard failure == nil else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func wake() {
        let waiting = waiting
        self.waiting = []
        for continuation in waiting { continuation.resume() }
    }

    private func send(_ signal: Int32) {
        guard let processID else { return }
        // Only to the leader of the group: Postgres signals its own processes.
        kill(processID, signal)
    }

    private func logTail() -> String {
        guard let text = try? String(contentsOf: URL(filePath: plan.logFile), encoding: .utf8) else { return "" }
        return text.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}
