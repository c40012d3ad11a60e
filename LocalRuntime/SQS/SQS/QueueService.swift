import Synchronization
import SystemPackage

/// All queues of a run: those of its template, and those that clients made.
public final class QueueService: Sendable {
    /// A queue of the template.
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
    /// Where clients reach the service, without a slash at the end.
    let url: String
    let now: @Sendable () -> Int64
    private let folder: FilePath
    private let queues = Mutex<[String: Queue]>([:])

    /// Opens what is kept in a folder.
    ///
    /// - Parameters:
    ///   - declarations: Their settings replace what is kept. A kept queue that a template made and this one does not
    ///     have is left where it is.
    ///   - now: Milliseconds since the epoch.
    public init(
        folder: String,
        declarations: [Declaration],
        accountID: String,
        region: String,
        url: String,
        now: @escaping @Sendable () -> Int64
    ) async throws {
        self.accountID = accountID
        self.region = region
        self.url = url
        self.now = now
        self.folder = FilePath(folder)
        let kept = try Files.names(in: self.folder).filter { $0.hasSuffix(Self.suffix) }
            .map { String($0.dropLast(Self.suffix.count)) }
        for declaration in declarations {
            var settings = declaration.settings
            settings.isTemplates = true
            let queue = try open(declaration.name, settings, replacesSettings: true)
            queues.withLock { $0[declaration.name] = queue }
        }
        for name in kept where queue(named: name) == nil {
            let queue = try open(name, QueueSettings(isFIFO: name.hasSuffix(".fifo")), replacesSettings: false)
            if await queue.settings.isTemplates == false { queues.withLock { $0[name] = queue } }
        }
    }

    /// A queue that clients do not see, kept under a name that no client can give.
    public func privateQueue(_ name: String) throws -> Queue {
        var settings = QueueSettings(isFIFO: false)
        settings.retentionPeriod = 1_209_600
        settings.isTemplates = true
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

    /// Makes a queue unless there is one of that name; gives it, and whether it is new.
    func create(_ name: String, _ settings: QueueSettings) throws -> (queue: Queue, isNew: Bool) {
        try queues.withLock { queues in
            if let queue = queues[name] { return (queue, false) }
            let queue = try open(name, settings, replacesSettings: true)
            queues[name] = queue
            return (queue, true)
        }
    }

    func delete(_ queue: Queue) async {
        queues.withLock { queues in
            guard queues[queue.name] === queue else { return }
            queue.removeFile()
            queues[queue.name] = nil
        }
        await queue.remove()
    }

    /// Lets go of everyone who waits for a message.
    public func stop() async {
        for queue in all { await queue.close() }
    }

    private func open(_ name: String, _ settings: QueueSettings, replacesSettings: Bool) throws -> Queue {
        try Queue(
            name: name,
            arn: "arn:aws:sqs:\(region):\(accountID):\(name)",
            settings: settings,
            replacesSettings: replacesSettings,
            path: folder.appending(name + Self.suffix),
            now: now,
            deadLetterQueue: { [weak self] arn in self?.queue(arn: arn) }
        )
    }
}
