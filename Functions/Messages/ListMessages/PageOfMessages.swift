import ChatCore

/// Which messages of a conversation a client asks for.
///
/// Because messages are numbered without gaps, every page is a range of numbers, and one far back costs what the first
/// one does.
struct PageOfMessages: Sendable, Equatable {
    enum Start: Sendable, Equatable {
        /// The page goes up from right after this number.
        case after(Int64)
        /// The page goes down, leaving out so many of the newest messages.
        case skipping(Int64)
    }

    var start: Start
    /// No message of this number or above.
    var before: Int64?
    var limit: Int64
    var isAscending: Bool
}

extension PageOfMessages {
    private enum Order: String, CaseIterable { case asc, desc }

    /// Reads `limit`, `order`, and either `offset` or `before` and `after`.
    ///
    /// The newest messages come first unless `order=asc`. With `after` the page holds the messages right after that
    /// number in either order, and with `before` alone those right before it, so that a client that pages on from what
    /// it has misses nothing.
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
