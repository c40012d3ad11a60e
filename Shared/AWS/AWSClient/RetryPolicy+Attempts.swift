public import NIOCore

/// The outcome of one attempt.
public enum Attempt<Success: Sendable>: Sendable {
    case ended(Success)
    /// The attempt failed, but another one may succeed. The reason is for the log.
    case retryable(reason: String)
}

/// No attempts or no time are left. The description is for the log.
public struct RetriesExhausted: Error, Hashable, CustomStringConvertible {
    public let description: String
}

extension RetryPolicy {
    /// Retries until an attempt ends, or until attempts or time run out.
    ///
    /// - Parameters:
    ///   - deadline: Gives up if the next pause would end after it.
    ///   - sleep: Waits between attempts.
    public func attempt<Success: Sendable>(
        until deadline: NIODeadline,
        sleep: @Sendable (Duration) async throws -> Void,
        _ attempt: () async -> Attempt<Success>
    ) async throws(RetriesExhausted) -> Success {
        var attempts = 0
        while true {
            attempts += 1
            let failure: String
            switch await attempt() {
            case .ended(let success): return success
            case .retryable(let reason): failure = reason
            }
            guard attempts < maximumAttempts else {
                throw RetriesExhausted(description: "\(failure), after \(attempts) attempts")
            }
            let delay = delay(afterAttempts: attempts, random: .random(in: 0...1))
            guard .now() + TimeAmount(delay) < deadline else {
                throw RetriesExhausted(description: "\(failure), and no time is left")
            }
            do {
                try await sleep(delay)
            } catch {
                throw RetriesExhausted(description: "\(failure), and the invocation was cancelled")
            }
        }
    }
}
