import Glibc
public import Logging
public import NIOPosix
import Synchronization

/// Buckets and objects in a folder.
///
/// The bytes of every object are in a file of their own, which never changes and whose name says nothing; everything
/// else is in memory and in a journal. A write is made by one line in the journal: before it there is nothing to see,
/// and after it a process that is killed loses nothing. Files that no line names are swept when the store is opened.
/// It withstands the death of the process, not of the machine: nothing waits for the disk itself.
public final class ObjectStore: Sendable {
    let folder: DataFolder
    let threads: NIOThreadPool
    let logger: Logger
    let outbox: Outbox
    private let journal: Mutex<Journal>
    private let state: Mutex<StoreState>

    /// Opens the store in that folder, or makes one.
    /// - Parameters:
    ///   - path: Nobody else may use it.
    ///   - threads: Do what has to wait for a disk.
    public static func open(
        at path: String,
        threads: NIOThreadPool = .singleton,
        logger: Logger
    ) async throws(ObjectStoreError) -> ObjectStore {
        try await threads.run { () throws(ObjectStoreError) in
            try ObjectStore(path: path, threads: threads, logger: logger)
        }
    }

    private init(path: String, threads: NIOThreadPool, logger: Logger) throws(ObjectStoreError) {
        self.threads = threads
        self.logger = logger
        let folder = DataFolder(path: "\(path)/data", threads: threads)
        self.folder = folder
        outbox = Outbox(logger: logger)
        for path in [path, folder.path] {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system("Making \(path)") }
        }
        let journalPath = "\(path)/journal"
        var state = StoreState()
        var journal = try Journal(path: journalPath, folder: folder) { state.apply($0) }
        try Self.sweep(folder, &state, logger)
        if journal.records > 1_000, journal.records > 2 * state.size {
            try Journal.rewrite(path: journalPath, records: state.records)
            state = StoreState()
            journal = try Journal(path: journalPath, folder: folder) { state.apply($0) }
        }
        let pending = state.pending.values.sorted { $0.id < $1.id }
        self.journal = Mutex(journal)
        self.state = Mutex(state)
        outbox.add(pending)
    }

    /// Takes away what a killed process left, and objects whose bytes a dead machine lost.
    private static func sweep(
        _ folder: DataFolder,
        _ state: inout StoreState,
        _ logger: Logger
    ) throws(ObjectStoreError) {
        var found = try folder.contents()
        var damaged: Set<String> = []
        for file in state.files where found.removeValue(forKey: file.name) != file.size { damaged.insert(file.name) }
        for name in found.keys { unlink(folder.path(of: name)) }
        guard !damaged.isEmpty else { return }
        for name in state.buckets.keys {
            var lost: [ObjectKey] = []
            state.buckets[name]?.objects.forEach { key, object in
                if object.files.contains(where: { damaged.contains($0.name) }) { lost.append(key) }
            }
            for key in lost {
                logger.warning("The bytes of an object are lost", metadata: ["bucket": "\(name)", "key": "\(key)"])
                state.buckets[name]?.objects[key] = nil
            }
        }
    }

    /// Looks at the state; must not take long.
    func read<Value: Sendable>(
        _ body: (borrowing StoreState) throws(ObjectStoreError) -> Value
    ) throws(ObjectStoreError) -> Value {
        try state.withLock { state throws(ObjectStoreError) in try body(state) }
    }

    /// Makes one change: nobody else makes one between the look at the state and the line in the journal.
    /// - Parameter prepare: Looks at the state, and says what to change or why not.
    func commit<Value: Sendable>(
        _ prepare: @escaping @Sendable (borrowing StoreState) throws(ObjectStoreError) -> (JournalRecord?, Value)
    ) async throws(ObjectStoreError) -> Value {
        try await threads.run { () throws(ObjectStoreError) in
            try self.commitNow(prepare)
        }
    }

    private func commitNow<Value: Sendable>(
        _ prepare: (borrowing StoreState) throws(ObjectStoreError) -> (JournalRecord?, Value)
    ) throws(ObjectStoreError) -> Value {
        try journal.withLock { journal throws(ObjectStoreError) in
            let (record, value) = try state.withLock { state throws(ObjectStoreError) in try prepare(state) }
            guard let record else { return value }
            try journal.append(record)
            state.withLock { $0.apply(record) }
            // Still locked, so that events come into the outbox in the order of their changes.
            outbox.add(record.events)
            return value
        }
    }

    /// The next number for a change.
    static func nextSequencer(after state: borrowing StoreState) -> UInt64 {
        // The clock keeps them growing should the folder be deleted.
        max(state.sequencer + 1, UInt64(max(0, Self.milliseconds)) << 20)
    }

    /// Since the epoch.
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension JournalRecord {
    fileprivate var events: [PendingEvent] {
        switch self {
        case .object(_, _, _, _, let events), .removed(_, _, _, let events): events
        default: []
        }
    }
}
