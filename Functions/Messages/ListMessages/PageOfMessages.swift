import ChatCore

/// The messages of a conversation that a client requests.
///
/// Messages are numbered without gaps, so every page is a range of numbers, and a page far back costs as much as the
/// first one.
struct PageOfMessages: Sendable, Equatable {
    enum Start: Sendable, Equatable {
        /// The messages that follow this number.
        case after(Int64)
        /// The newest messages after skipping this many.
        case skipping(Int64)
    }

    var start: Start
    /// The page contains only messages below this number.
    var before: Int64?
    var limit: Int64
    var isAscending: Bool
}

extension PageOfMessages {
    private enum Order: String, CaseIterable { case asc, desc }

    /// Reads `limit`, `order`, and either `offset` or `before` and `after`.
    ///
    /// The newest messages come first unless `order=asc`. With `after`, the page holds the messages that follow that
    /// number directly, in either order; with `before` alone, those that directly precede it. So a client that continues
    /// from what it has misses no message.
    init(_ event: HTTPEvent) throws(ChatError) {
        let offset = try event.wholeNumber(inQuery: "offset", 0...Int64.max)
        let after = try event.wholeNumber(inQuery: "after", 0...Int64.max)
        before = try event.wholeNumber(inQuery: "before", 0...Int64.max)
        limit = try event.wholeNumber(inQuery: "limit", 1...100) ?? 50
        isAscending = try event.word(inQuery: "order", Order.self) == .asc

        guard offset == nil || after == nil && before == nil else {
            throw ChatError(.invalidRequest, "`offset` cannot be combined with `before` or `after`; leave it out.")
        }
        if let after {
            start = .after(after)
        } else if isAscending, before == nil {
            start = .after(offset ?? 0)
        } else {
            start = .skipping(offset ?? 0)
        }
    }
}
