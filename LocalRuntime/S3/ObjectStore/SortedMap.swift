/// Values by key, in the order of the keys. An array of short arrays makes lookups and insertions fast even with a
/// million entries.
struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private typealias Entry = (key: Key, value: Value)

    private static var maximumChunk: Int { 512 }

    /// No chunk is empty.
    private var chunks: [[(key: Key, value: Value)]] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    subscript(key: Key) -> Value? {
        get {
            let position = position(of: key)
            guard position.isExact else { return nil }
            return chunks[position.chunk][position.index].value
        }
        set {
            let position = position(of: key)
            switch (position.isExact, newValue) {
            case (true, .some(let value)): chunks[position.chunk][position.index].value = value
            case (true, .none): remove(at: position)
            case (false, .some(let value)): insert((key, value), at: position)
            case (false, .none): break
            }
        }
    }

    /// The first entry whose key is not below the bound.
    func first(notBefore bound: Key) -> (key: Key, value: Value)? {
        entry(at: position(of: bound))
    }

    /// The first entry whose key is above the bound.
    func first(after bound: Key) -> (key: Key, value: Value)? {
        var position = position(of: bound)
        if position.isExact { position.index += 1 }
        return entry(at: position)
    }

    func forEach(_ body: (Key, Value) -> Void) {
        for chunk in chunks {
            for entry in chunk { body(entry.key, entry.value) }
        }
    }

    private struct Position {
        var chunk: Int
        var index: Int
        var isExact: Bool
    }

    private func entry(at position: Position) -> (key: Key, value: Value)? {
        guard position.chunk < chunks.count else { return nil }
        if position.index < chunks[position.chunk].count { return chunks[position.chunk][position.index] }
        guard position.chunk + 1 < chunks.count else { return nil }
        return chunks[position.chunk + 1][0]
    }

    /// The position of a key, or where it has to be inserted.
    private func position(of key: Key) -> Position {
        guard !chunks.isEmpty else { return Position(chunk: 0, index: 0, isExact: false) }
        // The last chunk that does not begin after the key.
        let chunk = max(0, Self.firstIndex(in: chunks.count) { key < chunks[$0][0].key } - 1)
        let index = Self.firstIndex(in: chunks[chunk].count) { !(chunks[chunk][$0].key < key) }
        let isExact = index < chunks[chunk].count && chunks[chunk][index].key == key
        return Position(chunk: chunk, index: index, isExact: isExact)
    }

    private static func firstIndex(in count: Int, where isTrue: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isTrue(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private mutating func insert(_ entry: (key: Key, value: Value), at position: Position) {
        count += 1
        guard !chunks.isEmpty else {
            chunks.append([entry])
            return
        }
        chunks[position.chunk].insert(entry, at: position.index)
        guard chunks[position.chunk].count > Self.maximumChunk else { return }
        // Splitting at the end keeps chunks full when keys arrive in order.
        let isLast = position.chunk == chunks.count - 1 && position.index == Self.maximumChunk
        let middle = isLast ? Self.maximumChunk : Self.maximumChunk / 2
        let upper = Array(chunks[position.chunk][middle...])
        chunks[position.chunk].removeSubrange(middle...)
        chunks.insert(upper, at: position.chunk + 1)
    }

    private mutating func remove(at position: Position) {
        count -= 1
        chunks[position.chunk].remove(at: position.index)
        if chunks[position.chunk].isEmpty { chunks.remove(at: position.chunk) }
    }
}
