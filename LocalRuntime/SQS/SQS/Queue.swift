import EmulatorCore
import NIOCore
import SystemPackage

/// A queue: its messages, their journal, and whoever waits for one.
///
/// What a call answers is in the journal before the answer.
public actor Queue {
    /// A message to be sent.
    public struct Draft: Sendable {
        public var body: String
        public var attributes: [MessageAttribute] = []
        public var traceHeader: String?
        public var groupID: String?
        public var deduplicationID: String?
        /// Seconds; the queue's own if nil.
        public var delay: Int?

        public init(body: String) { self.body = body }
    }

    /// A message that somebody has taken.
    public struct Received: Sendable {
        public var stored: StoredMessage
        public var receiptHandle: String

        public var message: Message { stored.message }
    }

    public nonisolated let name: String
    public nonisolated let arn: String
    /// Where messages go that are received too often: the queue of an ARN.
    private let deadLetterQueue: @Sendable (String) -> Queue?
    private let now: @Sendable () -> Int64
    private let path: FilePath
    private var state: QueueState
    private var journal: QueueJournal
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter = 0
    private var isClosed = false
    private var isDeleted = false

    /// Opens a queue's journal.
    ///
    /// - Parameter settings: Of a new queue; of an old one, those in its journal are replaced if `replacesSettings`.
    init(
        name: String,
        arn: String,
        settings: QueueSettings,
        replacesSettings: Bool,
        path: FilePath,
        now: @escaping @Sendable () -> Int64,
        deadLetterQueue: @escaping @Sendable (String) -> Queue?
    ) throws {
        self.name = name
        self.arn = arn
        self.path = path
        self.now = now
        self.deadLetterQueue = deadLetterQueue
        var state = QueueState(settings: settings)
        var isNew = true
        var journal = try QueueJournal(path: path) { change in
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
        wake()
    }

    // MARK: Sending

    /// Sends messages in order; each result is the message's id and, in a FIFO queue, its sequence number.
    @discardableResult
    public func send(_ drafts: [Draft]) throws -> [(messageID: String, sequenceNumber: String?)] {
        guard !isDeleted else { throw SQSError.nonExistentQueue }
        let time = now()
        var changes = advance()
        var results: [(messageID: String, sequenceNumber: String?)] = []
        for draft in drafts {
            var message = Message(
                id: RequestID.make(),
                body: draft.body,
                attributes: draft.attributes,
                traceHeader: draft.traceHeader,
                groupID: draft.groupID,
                deduplicationID: draft.deduplicationID,
                sentAt: time
            )
            if state.settings.isFIFO, message.deduplicationID == nil {
                message.deduplicationID = Digest.sha256(of: draft.body.utf8)
            }
            if let original = state.original(of: message, at: time) {
                results.append((original.messageID, StoredMessage.sequenceNumber(original.number)))
                continue
            }
            let (stored, sent) = state.send(message, delay: draft.delay ?? state.settings.delay, at: time)
            changes += sent
            results.append((message.id, state.settings.isFIFO ? stored.sequenceNumber : nil))
        }
        do {
            try write(changes)
        } catch {
            for case .stored(let stored) in changes { state.withdraw(stored) }
            throw error
        }
        wake()
        return results
    }

    /// Takes what another queue gives up; once, however often it is given.
    private func accept(_ messages: [StoredMessage], from source: String) throws {
        guard !isDeleted else { throw SQSError.nonExistentQueue }
        var changes = advance()
        let known = Set(state.entries.values.map(\.stored.message.id))
        for stored in messages where !known.contains(stored.message.id) {
            var message = stored.message
            message.deadLetterSource = source
            // A FIFO queue keeps them for its own time from now on.
            if state.settings.isFIFO { message.sentAt = now() }
            changes += state.send(message, delay: 0, at: now()).1
        }
        try write(changes)
        wake()
    }

    // MARK: Receiving

    /// Takes up to ten messages, and waits for one if there is none.
    ///
    /// - Parameters:
    ///   - wait: Seconds; the queue's own if nil.
    ///   - visibilityTimeout: Seconds; the queue's own if nil.
    public func receive(_ maximum: Int, wait: Int? = nil, visibilityTimeout: Int? = nil) async throws -> [Received] {
        let deadline = now() + Int64(wait ?? state.settings.receiveWaitTime) * 1_000
        while true {
            guard !isDeleted else { throw SQSError.nonExistentQueue }
            let (received, hasMoved) = try await take(maximum, visibilityTimeout ?? state.settings.visibilityTimeout)
            // Others may have come while dead letters were moved.
            if received.isEmpty, hasMoved { continue }
            let time = now()
            guard received.isEmpty, time < deadline, !isClosed, !Task.isCancelled else { return received }
            await waitForChange(milliseconds: min(deadline, max(state.nextDue ?? deadline, time + 1)) - time)
        }
    }

    /// - Returns: Whether messages were moved to the dead-letter queue, too.
    private func take(
        _ maximum: Int,
        _ visibilityTimeout: Int
    ) async throws -> (received: [Received], hasMoved: Bool) {
        var changes = advance()
        let policy = state.settings.redrivePolicy
        let deadLetterQueue = policy.flatMap { self.deadLetterQueue($0.deadLetterTarget) }
        let (taken, dead, received) = state.receive(
            maximum,
            visibilityTimeout: visibilityTimeout,
            maximumReceiveCount: deadLetterQueue == nil ? nil : policy?.maximumReceiveCount,
            at: now()
        )
        changes += received
        try write(changes)
        if let deadLetterQueue, !dead.isEmpty {
            // Kept here until it is there: killed in between, it is moved again.
            do {
                try await deadLetterQueue.accept(dead, from: arn)
            } catch {
                for stored in dead { state.reinstate(stored) }
                throw error
            }
            let removed = dead.map { QueueChange.removed(number: $0.number) }
            for change in removed { state.apply(change) }
            try write(removed)
            wake()
        }
        let messages = taken.map { stored in
            Received(
                stored: stored,
                receiptHandle: ReceiptHandle(
                    queue: name,
                    number: stored.number,
                    receiveCount: stored.receiveCount,
                    messageID: stored.message.id
                ).text
            )
        }
        return (messages, deadLetterQueue != nil && !dead.isEmpty)
    }

    // MARK: What receivers do

    /// Deletes a message that was received with a handle; one that is gone already is no error.
    public func delete(_ receiptHandle: String) throws {
        let changes = advance()
        let handle = try handle(receiptHandle)
        guard let entry = entry(of: handle) else { return try write(changes) }
        if state.settings.isFIFO {
            guard entry.stored.receiveCount == handle.receiveCount, entry.isInFlight else {
                try write(changes)
                throw SQSError.invalidParameter(
                    receiptHandle,
                    of: "ReceiptHandle",
                    reason: "The receipt handle has expired."
                )
            }
        }
        // Somebody else has it by now, and deletes it or does not.
        guard entry.stored.receiveCount == handle.receiveCount else { return try write(changes) }
        let removed = QueueChange.removed(number: handle.number)
        state.apply(removed)
        try write(changes + [removed])
        wake()
    }

    /// - Parameter timeout: Seconds from now.
    public func changeVisibility(_ receiptHandle: String, timeout: Int) throws {
        let changes = advance()
        let handle = try handle(receiptHandle)
        try write(changes)
        guard let entry = entry(of: handle) else {
            throw SQSError.invalidParameter(
                receiptHandle,
                of: "ReceiptHandle",
                reason: "Message does not exist or is not available for visibility timeout change."
            )
        }
        guard entry.isInFlight, entry.stored.receiveCount == handle.receiveCount else {
            throw SQSError.messageNotInFlight
        }
        let hidden = QueueChange.hidden(number: handle.number, visibleAt: now() + Int64(timeout) * 1_000)
        state.apply(hidden)
        try write([hidden])
        wake()
    }

    /// Hides a message for some seconds, as if it had not been received the last time.
    public func putBack(_ receiptHandle: String, for timeout: Int) throws {
        let handle = try handle(receiptHandle)
        guard let entry = entry(of: handle), entry.isInFlight, entry.stored.receiveCount == handle.receiveCount else {
            throw SQSError.messageNotInFlight
        }
        let change = QueueChange.received(
            number: handle.number,
            visibleAt: now() + Int64(timeout) * 1_000,
            count: handle.receiveCount - 1,
            time: entry.stored.firstReceivedAt ?? now()
        )
        state.apply(change)
        try write([change])
        wake()
    }

    /// Makes visible what is in flight, as if it had not been received the last time: for a queue whose only receiver
    /// has just started.
    /// - Parameter limit: What becomes visible within so many seconds was hidden to wait, and goes on waiting.
    public func releaseInFlight(hiddenBeyond limit: Int) throws {
        let time = now()
        let inFlight = state.entries.values.filter { entry in
            entry.isInFlight && entry.stored.visibleAt > time + Int64(limit) * 1_000
        }
        let changes = inFlight.map { entry in
            QueueChange.received(
                number: entry.stored.number,
                visibleAt: time,
                count: entry.stored.receiveCount - 1,
                time: entry.stored.firstReceivedAt ?? time
            )
        }
        for change in changes { state.apply(change) }
        try write(changes)
        wake()
    }

    func purge() throws {
        state.apply(.purged)
        try write([.purged])
    }

    // MARK: The end

    /// Lets go of whoever waits, and lets nobody wait any more.
    func close() {
        isClosed = true
        wake()
    }

    nonisolated func removeFile() { Files.remove(path) }

    /// Nobody can use it any more. Its file is gone before, while no other queue can have the name.
    func remove() {
        isDeleted = true
        close()
    }

    // MARK: Steps

    private func advance() -> [QueueChange] { state.advance(to: now()) }

    private func write(_ changes: [QueueChange]) throws {
        try journal.append(changes)
        // A long journal is no reason to refuse what is in it.
        if journal.isDueForCompaction, !isDeleted { try? journal.compact(state.snapshot(at: now())) }
    }

    private func handle(_ text: String) throws -> ReceiptHandle {
        guard let handle = ReceiptHandle(text), handle.queue == name else {
            throw SQSError.invalidReceiptHandle(text)
        }
        return handle
    }

    private func entry(of handle: ReceiptHandle) -> QueueState.Entry? {
        guard let entry = state.entries[handle.number], entry.stored.message.id == handle.messageID else { return nil }
        return entry
    }

    // MARK: Waiting

    private func waitForChange(milliseconds: Int64) async {
        lastWaiter += 1
        let waiter = lastWaiter
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(milliseconds))
            self.wake(waiter)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || isClosed {
                    continuation.resume()
                } else {
                    waiters[waiter] = continuation
                }
            }
        } onCancel: {
            Task { await self.wake(waiter) }
        }
        timer.cancel()
    }

    private func wake(_ waiter: Int) {
        waiters.removeValue(forKey: waiter)?.resume()
    }

    /// Whoever waits looks again, those who came first before the others.
    private func wake() {
        guard !waiters.isEmpty else { return }
        let waiting = waiters.sorted { $0.key < $1.key }
        waiters.removeAll()
        for (_, continuation) in waiting { continuation.resume() }
    }
}
