import ChildProcesses
import Glibc
import NIOCore

@testable import LambdaHost

/// A function process without a process, whose function has a timeout of 3 seconds.
typealias ProcessStateSubject = FunctionProcessState<StubWork>

struct StubWork: ProcessWork, Equatable {
    var requestID = "1"
    var callerDeadline: NIODeadline?
}

extension FunctionProcessState where Work == StubWork {
    static var processID: Int32 { 7 }
    static var exit: ErrorDocument { .exit(.code(1)) }
    static var body: ByteBuffer { ByteBuffer(string: "{}") }
    static var report: FunctionFailure { .reported(ByteBuffer(string: "{}"), type: "Function.E") }

    static func second(_ number: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(number) }

    /// Created at second 0, with 10 seconds to initialize.
    static func created() -> Self {
        Self(timeout: 3, initializationLimit: 10, at: second(0))
    }

    static func starting() -> Self {
        var state = created()
        _ = state.spawned(processID)
        return state
    }

    /// Asked for its first event at second 1.
    static func idle() -> Self {
        var state = starting()
        _ = state.next(at: second(1))
        _ = state.outputRead(.ready, at: second(1))
        return state
    }

    /// Received an event at second 2.
    static func running(_ work: Work = Work()) -> Self {
        var state = idle()
        _ = state.deliver(work, at: second(2))
        return state
    }

    /// Lost its connection while it was idle, and was given an invocation at second 2.
    static func runningWithoutConnection(_ work: Work = Work()) -> Self {
        var state = idle()
        state.parkedConnectionClosed()
        _ = state.deliver(work, at: second(2))
        return state
    }
}

extension FunctionProcessState.Action where Work == StubWork {
    /// The end of the first invocation, which was delivered at second 2.
    static func finish(
        _ outcome: FunctionProcessState<StubWork>.Completion.Outcome,
        at second: Int64,
        isAwaited: Bool = true,
        work: Work = Work()
    ) -> Self {
        .finish(
            FunctionProcessState.Completion(
                work: work,
                outcome: outcome,
                duration: .seconds(second - 2),
                initDuration: .seconds(1),
                isAwaited: isAwaited
            )
        )
    }
}

extension [FunctionProcessState<StubWork>.Action] {
    /// SIGTERM now and SIGKILL later.
    static var terminated: Self { [.signal(SIGTERM, group: 7), .scheduleKill] }
}
