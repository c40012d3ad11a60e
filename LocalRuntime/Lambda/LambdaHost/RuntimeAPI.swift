/// What a function's process may do when: the Runtime API's rules, without I/O.
///
/// Follows the runtime interface emulator's states, and
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
struct RuntimeAPI: Sendable {
    /// The most that a function may answer, in bytes: 6 MB and a little for what surrounds it.
    static let payloadLimit = 6_291_556

    /// How far the process has come; the raw values are the emulator's names.
    enum Phase: String, Sendable, Hashable {
        case started = "Started"
        case initError = "InitError"
        case ready = "Ready"
        case running = "Running"
        case answered = "RuntimeResponseSentState"
    }

    /// What is to become of `GET …/invocation/next`.
    enum Next: Sendable, Hashable {
        /// Hold the request until there is an event.
        case park
        /// The process asks again for the event that it has, because its connection broke: the same once more.
        case repeatEvent
        case refuse(Refusal)
    }

    /// A request that is answered with an error, and changes nothing.
    enum Refusal: Sendable, Hashable {
        case invalidRequestID
        case invalidStateTransition(from: Phase, to: String)
    }

    private(set) var phase = Phase.started
    /// The newest invocation, answered or not.
    private(set) var requestID: String?

    mutating func next() -> Next {
        switch phase {
        case .started, .answered, .ready:
            phase = .ready
            return .park
        case .running:
            return .repeatEvent
        case .initError:
            return .refuse(.invalidStateTransition(from: phase, to: Phase.ready.rawValue))
        }
    }

    /// An event goes to the process, which has asked for it.
    mutating func handOver(_ requestID: String) {
        precondition(phase == .ready, "an event for a process that has not asked for one")
        self.requestID = requestID
        phase = .running
    }

    /// `POST …/response`; nil if it is accepted.
    mutating func respond(to requestID: Substring) -> Refusal? {
        answer(requestID, as: "InvocationResponse")
    }

    /// `POST …/error`; nil if it is accepted.
    mutating func fail(_ requestID: Substring) -> Refusal? {
        answer(requestID, as: "InvocationErrorResponse")
    }

    /// `POST …/init/error`; nil if it is accepted.
    mutating func failInitialization() -> Refusal? {
        guard phase == .started else {
            return .invalidStateTransition(from: phase, to: Phase.initError.rawValue)
        }
        phase = .initError
        return nil
    }

    private mutating func answer(_ requestID: Substring, as state: String) -> Refusal? {
        guard let current = self.requestID, current == requestID else { return .invalidRequestID }
        guard phase == .running else { return .invalidStateTransition(from: phase, to: state) }
        phase = .answered
        return nil
    }

    /// `Runtime.X` and `Function.X` as reported; anything else is unknown.
    static func errorType(reported: String?) -> String {
        guard let reported else { return "Runtime.Unknown" }
        for prefix in ["Runtime.", "Function."] where reported.hasPrefix(prefix) {
            let rest = reported.utf8.dropFirst(prefix.utf8.count)
            let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
            if rest.count > 1, let first = rest.first, (0x41...0x5A).contains(first), rest.allSatisfy(isLetter) {
                return reported
            }
        }
        return reported.hasPrefix("Function.") ? "Function.Unknown" : "Runtime.Unknown"
    }
}
