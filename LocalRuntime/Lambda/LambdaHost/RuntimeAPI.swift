/// The order in which a function process may send requests to its Runtime API: a state machine without I/O.
///
/// The states are those of AWS's runtime interface emulator; see also
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
struct RuntimeAPI: Sendable {
    /// The maximum size of a response in bytes.
    static let payloadLimit = 6_291_556

    /// The raw values are the names that the runtime interface emulator uses in error messages.
    enum Phase: String, Sendable, Hashable {
        case started = "Started"
        case initError = "InitError"
        case ready = "Ready"
        case running = "Running"
        case answered = "RuntimeResponseSentState"
    }

    /// How to answer `GET …/invocation/next`.
    enum Next: Sendable, Hashable {
        /// Keep the request open until there is an event.
        case park
        /// Send the current event again: the process requests it because its connection broke.
        case repeatEvent
        case refuse(Refusal)
    }

    /// Why a request is answered with an error. It has no other effect.
    enum Refusal: Sendable, Hashable {
        case invalidRequestID
        case invalidStateTransition(from: Phase, to: String)

        /// Another `next` request is open: a process takes one event at a time.
        static let secondNext = invalidStateTransition(from: .ready, to: Phase.ready.rawValue)
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

    /// The event is sent to the process, which has asked for it.
    mutating func handOver(_ requestID: String) {
        precondition(phase == .ready, "an event for a process that has not asked for one")
        self.requestID = requestID
        phase = .running
    }

    /// `POST …/response`
    ///
    /// - Returns: Nil if the response is accepted.
    mutating func respond(to requestID: Substring) -> Refusal? {
        answer(requestID, as: "InvocationResponse")
    }

    /// `POST …/error`
    ///
    /// - Returns: Nil if the error is accepted.
    mutating func fail(_ requestID: Substring) -> Refusal? {
        answer(requestID, as: "InvocationErrorResponse")
    }

    /// `POST …/init/error`
    ///
    /// - Returns: Nil if the error is accepted.
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

    /// The reported type if it has the form `Runtime.X` or `Function.X`, otherwise `Runtime.Unknown` or
    /// `Function.Unknown`.
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
