/// Instead of a pause that a test must not see the end of: returns only when the task is cancelled, however slow the
/// machine is.
@Sendable func pauseUntilCancelled(_: Duration) async throws {
    try await Task.sleep(for: .seconds(3600))
}
