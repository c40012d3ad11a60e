import EmulatorCore
import FoundationEssentials
import Synchronization

/// All queues of a run: those that its template declares, and those that clients created.
public final class QueueService: Sendable {
    /// A queue that a template declares.
    public struct Declaration: Sendable {
        public var name: String
        public var settings: QueueSettings

        public init(name: String, settings: QueueSettings) {
            self.name = name
            self.settings = settings
        }
    }

    private static let suffix = ".journal"

    let accountID: String
    let region: String
    /// Where clients reach the service, without a trailing slash.
    let url: String
    let now: @Sendable () -> Int64
    private let folder: String
    private let queues = Mutex<[String: Queue]>([:])

    /// Opens the queues in a folder, which is created if it does not exist.
    ///
    /// - Parameters:
    ///   - declarations: Their settings replace those of existing queues. An existing queue that an earlier template
    ///     declared and these do not include stays in the folder and is not visible.
    ///   - now: Milliseconds since the epoch.
    /// - Throws: ``JournalError`` if a journal is damaged or in use by another process.
    public init(
        folder: String,
        declarations: [Declaration],
        accountID: String,
        region: String,
        url: String,
        now: @escaping @Sendable () -> Int64
    ) throws {
        self.accountID = accountID
        self.region = region
        self.url = url
        self.now = now
        self.folder = folder
        try PrivateFile.createFolder(folder)
        let existing = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { $0.hasSuffix(Self.suffix) }
            .map { String($0.dropLast(Self.suffix.count)) }
        for declaration in declarations {
            var settings = declaration.settings
            settings.isDeclared = true
            let queue = try open(declaration.name, settings, replacesSettings: true)
            queues.withLock { $0[declaration.name] = queue }
        }
        for name in existing where queue(named: name) == nil {
            let queue = try open(name, QueueSettings(isFIFO: name.hasSuffix(".fifo")), replacesSettings: false)
            if !queue.isDeclared { queues.withLock { $0[name] = queue } }
        }
    }

    /// Opens a queue that clients do not see. Its file's name cannot be that of a client's queue.
    public func privateQueue(_ name: String) throws -> Queue {
        var settings = QueueSettings(isFIFO: false)
        settings.retentionPeriod = 1_209_600
        settings.isDeclared = true
        return try open("$\(name)", settings, replacesSettings: true)
    }

    public func queue(named name: String) -> Queue? { queues.withLock { $0[name] } }

    /// The queue of an ARN.
    public func queue(arn: String) -> Queue? {
        guard let name = arn.split(separator: ":", omittingEmptySubsequences: false).last else { return nil }
        return queue(named: String(name)).flatMap { $0.arn == arn ? $0 : nil }
    }

    /// In order of their names.
    public var all: [Queue] { queues.withLock { $0.values.sorted { $0.name < $1.name } } }

    func url(of name: String) -> String { "\(url)/\(accountID)/\(name)" }

    /// Creates a queue unless there is one of that name; returns it, and whether it is new.
    func create(_ name: String, _ settings: QueueSettings) throws -> (queue: Queue, isNew: Bool) {
        try queues.withLock { queues in
            if let queue = queues[name] { return (queue, false) }
            let queue = try open(name, settings, replacesSettings: true)
            queues[name] = queue
            return (queue, true)
        }
    }

    func delete(_ queue: Queue) async {
        // First, so that the queue does not write its file again after the removal.
        await queue.delete()
        queues.withLock { queues in
            guard queues[queue.name] === queue else { return }
            try? FileManager.default.removeItem(atPath: path(of: queue.name))
            queues[queue.name] = nil
        }
    }

    /// Ends the receives that wait for a message.
    public func stop() async {
        for queue in all { await queue.close() }
    }

    private func path(of name: String) -> String { "\(folder)/\(name)\(Self.suffix)" }

    private func open(_ name: String, _ settings: QueueSettings, replacesSettings: Bool) throws -> Queue {
        try Queue(
            name: name,
            arn: "arn:aws:sqs:\(region):\(accountID):\(name)",
            settings: settings,
            replacesSettings: replacesSettings,
            path: path(of: name),
            now: now,
            deadLetterQueue: { [weak self] arn in self?.queue(arn: arn) }
        )
    }
}
