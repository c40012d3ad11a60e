/// The last invocations, of which only the newest keep their texts.
struct RecentInvocations {
    private let limit: Int
    private let memoryLimit: Int
    private var records: [String: InvocationRecord] = [:]
    private var order: [String] = []
    /// The index in `order` of the oldest invocation that is kept, and of the oldest that may have texts.
    private var (oldest, oldestWithTexts) = (0, 0)
    /// The size of all texts in UTF-8 bytes.
    private(set) var textSize = 0

    init(limit: Int, memoryLimit: Int) {
        self.limit = limit
        self.memoryLimit = memoryLimit
    }

    /// Oldest first.
    var all: [InvocationRecord] { order[oldest...].compactMap { records[$0] } }

    subscript(id: String) -> InvocationRecord? { records[id] }

    mutating func append(_ record: InvocationRecord) {
        textSize += record.textSize - (records[record.id]?.textSize ?? 0)
        records[record.id] = record
        order.append(record.id)
        if order.count - oldest > limit { removeOldest() }
        dropOldTexts()
    }

    /// Returns the new state of an invocation; nil if it is no longer kept.
    mutating func update(_ id: String, _ change: (inout InvocationRecord) -> Void) -> InvocationRecord? {
        guard var record = records.removeValue(forKey: id) else { return nil }
        textSize -= record.textSize
        change(&record)
        if record.isAbridged { record.dropTexts() }
        textSize += record.textSize
        records[id] = record
        dropOldTexts()
        return record
    }

    private mutating func removeOldest() {
        textSize -= records.removeValue(forKey: order[oldest])?.textSize ?? 0
        oldest += 1
        oldestWithTexts = max(oldest, oldestWithTexts)
        guard oldest > limit else { return }
        order.removeFirst(oldest)
        (oldest, oldestWithTexts) = (0, oldestWithTexts - oldest)
    }

    private mutating func dropOldTexts() {
        // The newest keeps its texts, whatever their size.
        while textSize > memoryLimit, oldestWithTexts < order.count - 1 {
            let id = order[oldestWithTexts]
            oldestWithTexts += 1
            guard var record = records.removeValue(forKey: id) else { continue }
            textSize -= record.textSize
            record.dropTexts()
            records[id] = record
        }
    }
}
