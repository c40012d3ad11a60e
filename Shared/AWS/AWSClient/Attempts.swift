public import NIOCore

/// What became of one attempt.
public enum Attempt<Success: Sendable>: Sendable {
    case ended(Success)
    /// It may succeed another time; the reason is for the log.
    case retryable(reason: String)
}

/// Attempts are used up, or the time for them is; the description is for the log.
public struct GaveUp: Error, Hashable, CustomStringConvertible {
    public let description: String
}

extension RetryPolicy {
    /// Tries until an attempt ends, or nothing more can be done.
    ///
    /// - Parameters:
    ///   - deadline: No pause goes beyond it.
    ///   - sleep: Waits between attempts.
    public func attempt<Success: Sendable>(
        until deadline: NIODeadline,
        sleep: @Sendable (Duration) async throws -> Void,
        _ attempt: () async -> Attempt<Success>
    ) async throws(GaveUp) -> Success {
        var attempts = 0
        while true {
            attempts += 1
            let failure: String
            switch await attempt() {
            case .ended(let success): return success
            case .retryable(let reason): failure = reason
            }
            guard attempts < maximumAttempts else {
                throw GaveUp(description: "\(failure), after \(attempts) attempts")
            }
            let delay = delay(afterAttempts: attempts, random: .random(in: 0...1))
            guard .now() + TimeAmount(delay) < deadline else {
                throw GaveUp(description: "\(failure), and no time is left")
            }
            do {
                try await sleep(delay)
            } catch {
                throw GaveUp(description: "\(failure), and the invocation was cancelled")
            }
        }
    }
}
