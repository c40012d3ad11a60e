import NIOHTTP1
import Synchronization

/// The decision about one connection's handshake, on its way from the responder to the pipeline.
///
/// The client may leave at any moment, also while the responder still thinks. Whatever comes first, a handshake that
/// was accepted ends in exactly one of `session` and `abandoned`.
final class PendingUpgrade: Sendable {
    private enum State {
        case undecided
        case decided(UpgradeDecision)
        /// Handed over to the session.
        case taken
        /// The client has left.
        case abandoned
    }

    private let state = Mutex(State.undecided)

    /// The headers of the 101 response; nil when the handshake is refused or nobody waits for it any more.
    func decide(_ made: UpgradeDecision) async -> HTTPHeaders? {
        let isAwaited = state.withLock { state in
            guard case .undecided = state else { return false }
            state = .decided(made)
            return true
        }
        guard case .accept(let accepted) = made else { return nil }
        guard isAwaited else {
            await accepted.abandoned()
            return nil
        }
        return accepted.headers
    }

    /// Settles a handshake that nobody has to be asked about.
    func refuse(_ response: OutgoingResponse) {
        state.withLock { state in
            if case .undecided = state { state = .decided(.refuse(response)) }
        }
    }

    /// What was accepted, for the session to begin; nil if there is nothing to begin.
    func take() -> AcceptedUpgrade? {
        state.withLock { state in
            guard case .decided(.accept(let accepted)) = state else { return nil }
            state = .taken
            return accepted
        }
    }

    /// Notes that the client has left; gives what has to be told so, if it was accepted before.
    func abandon() -> AcceptedUpgrade? {
        state.withLock { state in
            switch state {
            case .undecided:
                state = .abandoned
                return nil
            case .decided(.accept(let accepted)):
                state = .abandoned
                return accepted
            case .decided(.refuse), .taken, .abandoned:
                return nil
            }
        }
    }

    var refusal: OutgoingResponse? {
        state.withLock { state in
            guard case .decided(.refuse(let response)) = state else { return nil }
            return response
        }
    }
}
