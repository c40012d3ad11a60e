extension HTTPEvent {
    /// A UUID in the path. API Gateway routes only what has one, so that a missing one is a fault of the template.
    public func identifier<Identifier: UUIDIdentifier>(inPath name: String) throws(ChatError) -> Identifier {
        guard let identifier = Identifier(pathParameters?[name] ?? "") else {
            throw ChatError(.invalidRequest, "`\(name)` must be a UUID.")
        }
        return identifier
    }

    /// A whole number in the query, or nil if it is not there.
    public func wholeNumber(inQuery name: String, _ range: ClosedRange<Int64>) throws(ChatError) -> Int64? {
        guard let text = queryStringParameters?[name] else { return nil }
        // Int64's own parser takes a plus sign, which is a space in a query anyway.
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text), range.contains(number)
        else {
            let limit =
                range.upperBound == .max
                ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw ChatError(.invalidRequest, "`\(name)` must be a whole number \(limit).")
        }
        return number
    }

    /// One of a few words in the query, or nil if it is not there.
    public func word<Word: RawRepresentable<String> & CaseIterable>(
        inQuery name: String,
        _: Word.Type = Word.self
    ) throws(ChatError) -> Word? {
        guard let text = queryStringParameters?[name] else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: " or ")
            throw ChatError(.invalidRequest, "`\(name)` must be \(words).")
        }
        return word
    }
}
