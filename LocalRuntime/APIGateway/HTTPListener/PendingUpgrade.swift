import NIOHTTP1
import Synchronization

/// The decision about one connection's handshake, passed from the responder to the channel pipeline.
///
/// The client may disconnect at any moment, even before the responder decides. For an accepted handshake, exactly one
/// of `session` and `abandoned` is called in every case.
final class PendingUpgrade: Sendable {
    private enum State {
        case undecided
        case decided(UpgradeDecision)
        /// The session has begun.
        case taken
        /// The client has disconnected.
        case abandoned
    }

    private let state = Mutex(State.undecided)

    /// Stores the decision. Returns the headers of the 101 response, or nil if the handshake is refused or the client has
    /// disconnected.
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

    /// Refuses an invalid handshake without calling the responder.
    func refuse(_ response: OutgoingResponse) {
        state.withLock { state in
            if case .undecided = state { state = .decided(.refuse(response)) }
        }
    }

    /// Returns the accepted upgrade once, to begin its session; nil if none was accepted.
    func take() -> AcceptedUpgrade? {
        state.withLock { state in
            guard case .decided(.accept(let accepted)) = state else { return nil }
            state = .taken
            return accepted
        }
    }

    /// Records that the client has disconnected. Returns the upgrade whose `abandoned` must be called, if any.
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
