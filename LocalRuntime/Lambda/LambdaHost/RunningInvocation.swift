import Activity
import EmulatorCore
import NIOCore

/// One event on its way through the host.
struct Invocation: Sendable, Identifiable {
    /// Counts up; the order of arrival.
    var id: Int
    /// The function's index in the host.
    var function: Int
    var request: InvocationRequest
    var requestID: String
    var traceID: String
    /// When the caller stops waiting.
    var callerDeadline: NIODeadline?
    var continuation: CheckedContinuation<InvocationResult, Never>
}

/// An invocation that a process has, and what is known of it.
struct RunningInvocation {
    let invocation: Invocation
    /// Nil once the caller has its answer, which may be that it has waited long enough.
    var continuation: CheckedContinuation<InvocationResult, Never>?
    let began: NIODeadline
    let deadline: NIODeadline
    /// Milliseconds since the epoch, as told to the function.
    let deadlineOnTheClock: Int64
    /// Whether the process got to know of it.
    var isHandedOver = false
    var logTail = LogTail()
    /// How many characters of log the activity keeps already.
    var recordedCharacters = 0

    init(_ invocation: Invocation, timeout: Int) {
        self.invocation = invocation
        continuation = invocation.continuation
        began = .now()
        deadline = began + .seconds(Int64(timeout))
        deadlineOnTheClock = UnixTime.now.milliseconds + Int64(timeout) * 1_000
    }

    /// When something may have to be done: the caller's patience ends, or the function's time.
    var nextDeadline: NIODeadline {
        guard continuation != nil, let caller = invocation.callerDeadline else { return deadline }
        return min(caller, deadline)
    }
}

/// The last 4 KB of a log.
struct LogTail: Sendable {
    static let limit = 4_096
    private(set) var bytes: [UInt8] = []

    mutating func append(_ line: String) {
        bytes.append(contentsOf: line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count > 4 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    var last: [UInt8] { Array(bytes.suffix(Self.limit)) }
}
