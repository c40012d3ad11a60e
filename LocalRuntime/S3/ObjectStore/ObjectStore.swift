import EmulatorCore
import Glibc
import Journal
public import Logging
public import NIOPosix
import Synchronization

/// Buckets and objects in a folder.
///
/// The bytes of an object are in files that never change; everything else is in memory and in a journal. A write takes
/// effect with one record in the journal: before it nothing is visible, and after it killing the process loses nothing.
/// Files that no record refers to are removed when the store is opened. Nothing waits for the disk, so a crash of the
/// machine may lose the last writes.
public final class ObjectStore: Sendable {
    let folder: DataFolder
    let threads: NIOThreadPool
    let logger: Logger
    let outbox: Outbox
    private let journal: Mutex<Journal<StoreChangeCodec>>
    private let state: Mutex<StoreState>

    /// Opens the store in a folder, which is created if it does not exist.
    ///
    /// - Parameters:
    ///   - path: No other process can open the same folder.
    ///   - threads: Run blocking file operations.
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
        outbox = Outbox()
        for path in [path, folder.path] {
            do throws(PrivateFileError) {
                try PrivateFile.createFolder(path)
            } catch {
                throw ObjectStoreError("Creating", error)
            }
        }
        var state = StoreState()
        var journal = try Self.openJournal("\(path)/journal", folder) { state.apply($0) }
        try Self.sweep(folder, &state, logger)
        do throws(JournalError) {
            if journal.recordCount > 1_000, journal.recordCount > 2 * state.size { try journal.compact(state.changes) }
        } catch {
            throw ObjectStoreError(error)
        }
        let pending = state.pending.values.sorted { $0.id < $1.id }
        self.journal = Mutex(journal)
        self.state = Mutex(state)
        outbox.add(pending)
    }

    private static func openJournal(
        _ path: String,
        _ folder: DataFolder,
        replay: (StoreChange) -> Void
    ) throws(ObjectStoreError) -> Journal<StoreChangeCodec> {
        do throws(JournalError) {
            return try Journal(path: path, codec: StoreChangeCodec(folder: folder), replay: replay)
        } catch {
            throw ObjectStoreError(error)
        }
    }

    /// Removes files that are not part of an object, and objects whose files a crash of the machine has lost.
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
                logger.warning("An object's bytes are lost", metadata: ["bucket": "\(name)", "key": "\(key)"])
                state.buckets[name]?.objects[key] = nil
            }
        }
    }

    /// Reads the state. The closure must be short.
    func read<Value: Sendable>(
        _ body: (borrowing StoreState) throws(ObjectStoreError) -> Value
    ) throws(ObjectStoreError) -> Value {
        try state.withLock { state throws(ObjectStoreError) in try body(state) }
    }

    /// Makes one change. No other change happens between reading the state and writing the journal.
    ///
    /// - Parameter prepare: Reads the state and returns the change, or nil for none, and the result.
    func commit<Value: Sendable>(
        _ prepare: @escaping @Sendable (borrowing StoreState) throws(ObjectStoreError) -> (StoreChange?, Value)
    ) async throws(ObjectStoreError) -> Value {
        try await threads.run { () throws(ObjectStoreError) in
            try self.commitNow(prepare)
        }
    }

    private func commitNow<Value: Sendable>(
        _ prepare: (borrowing StoreState) throws(ObjectStoreError) -> (StoreChange?, Value)
    ) throws(ObjectStoreError) -> Value {
        try journal.withLock { journal throws(ObjectStoreError) in
            let (change, value) = try state.withLock { state throws(ObjectStoreError) in try prepare(state) }
            guard let change else { return value }
            do throws(JournalError) {
                try journal.append([change])
            } catch {
                throw ObjectStoreError(error)
            }
            state.withLock { $0.apply(change) }
            // While the journal is locked, so that events enter the outbox in the order of their changes.
            outbox.add(change.events)
            return value
        }
    }

    /// The sequencer of the next change.
    static func nextSequencer(after state: borrowing StoreState) -> UInt64 {
        // Derived from the clock, so that sequencers still grow after the folder has been deleted.
        max(state.sequencer + 1, UInt64(max(0, Self.milliseconds)) << 20)
    }

    /// The time in milliseconds since the epoch.
    static var milliseconds: Int64 { UnixTime.now.milliseconds }
}

extension ObjectStoreError {
    fileprivate init(_ error: JournalError) { self.init(.storageFailed, error.description) }
}
