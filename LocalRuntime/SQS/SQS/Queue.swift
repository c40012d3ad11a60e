import Journal

/// A queue: its messages, its journal, and the receives that wait for a message.
///
/// A change is in the journal before the call that made it returns.
public actor Queue {
    public nonisolated let name: String
    public nonisolated let arn: String
    /// Whether a template declares the queue, rather than a client having created it.
    nonisolated let isDeclared: Bool
    /// Finds the queue of an ARN, for messages that have been received too often.
    let deadLetterQueue: @Sendable (String) -> Queue?
    let now: @Sendable () -> Int64
    var state: QueueState
    var isDeleted = false
    let waiters = QueueWaiters()
    /// By the ids that clients gave them; they do not survive a restart.
    var attempts: [String: ReceiveAttempt] = [:]
    private var journal: Journal<QueueChangeCodec>

    /// Opens a queue's journal.
    ///
    /// - Parameters:
    ///   - settings: For a new queue. They replace those of an existing queue if `replacesSettings`.
    ///   - path: The journal's file.
    ///   - now: Milliseconds since the epoch.
    /// - Throws: ``JournalError``.
    init(
        name: String,
        arn: String,
        settings: QueueSettings,
        replacesSettings: Bool,
        path: String,
        now: @escaping @Sendable () -> Int64,
        deadLetterQueue: @escaping @Sendable (String) -> Queue?
    ) throws {
        self.name = name
        self.arn = arn
        self.now = now
        self.deadLetterQueue = deadLetterQueue
        var state = QueueState(settings: settings)
        var isNew = true
        var journal = try Journal(path: path, codec: QueueChangeCodec()) { change in
            isNew = false
            state.apply(change)
        }
        if isNew || replacesSettings {
            var settings = settings
            settings.createdAt = isNew ? now() : state.settings.createdAt
            settings.modifiedAt = isNew ? settings.createdAt : state.settings.modifiedAt
            if isNew || settings != state.settings {
                settings.modifiedAt = now()
                try journal.append([.settings(settings)])
            }
            state.settings = settings
        }
        isDeclared = state.settings.isDeclared
        self.state = state
        self.journal = journal
    }

    public var settings: QueueSettings { state.settings }

    public func counts() -> QueueCounts {
        _ = advance()
        return state.counts
    }

    func update(_ change: @Sendable (inout QueueSettings) -> Void) throws {
        var settings = state.settings
        change(&settings)
        guard settings != state.settings else { return }
        settings.modifiedAt = now()
        try journal.append([.settings(settings)])
        state.settings = settings
        waiters.wakeAll()
    }

    /// Deletes all messages.
    ///
    /// - Throws: ``SQSError`` within 60 seconds of the last purge.
    func purge() throws {
        let time = now()
        if let last = state.purgedAt, time < last + QueueState.purgeInterval { throw SQSError.purgeInProgress(name) }
        try write([], thenApply: [.purged(at: time)])
    }

    /// Ends the receives that wait; later ones do not wait.
    func close() { waiters.close() }

    /// Makes every later call fail. The file can be removed afterwards.
    func delete() {
        isDeleted = true
        close()
    }

    // MARK: Changes

    /// Brings the state up to date; the changes have to be written.
    func advance() -> [QueueChange] { state.advance(to: now()) }

    /// Appends changes to the journal: either all of them, or none and an error is thrown.
    ///
    /// - Parameters:
    ///   - applied: Changes that the state contains. The caller undoes them after an error; expired messages may stay
    ///     in the journal, because they expire again when it is replayed.
    ///   - changes: Changes that the state does not contain. They are applied once they are in the journal.
    func write(_ applied: [QueueChange], thenApply changes: [QueueChange] = []) throws {
        try journal.append(applied + changes)
        for change in changes { state.apply(change) }
        // The changes are in the journal already, so a failed compaction is not an error of the call.
        if journal.isDueForCompaction, !isDeleted { try? journal.compact(state.snapshot(at: now())) }
    }
}
