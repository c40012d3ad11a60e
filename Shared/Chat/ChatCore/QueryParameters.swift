extension HTTPEvent {
    /// A UUID in the path. A missing path parameter is a mistake in the template, and is refused like an invalid one.
    public func identifier<Identifier: UUIDIdentifier>(inPath name: String) throws(ChatError) -> Identifier {
        guard let identifier = Identifier(pathParameters?[name] ?? "") else {
            throw ChatError(.invalidRequest, "`\(name)` must be a UUID.")
        }
        return identifier
    }

    /// A whole number in the query; nil if the parameter is absent.
    public func wholeNumber(inQuery name: String, _ range: ClosedRange<Int64>) throws(ChatError) -> Int64? {
        guard let text = queryStringParameters?[name] else { return nil }
        // Int64's own parser would accept a plus sign, which in a query means a space.
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

    /// One of a set of words in the query; nil if the parameter is absent.
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
