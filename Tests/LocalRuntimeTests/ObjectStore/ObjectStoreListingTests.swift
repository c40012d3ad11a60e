import ObjectStore
import Testing

/// Compares pages with a simple model that has all keys in an array.
@Suite struct ObjectStoreListingTests {
    private let folder = StoreFolder()

    private static let delimiters: [String?] = [nil, "/", "b", "//", "ü"]
    private static let alphabet = ["a", "b", "/", "A", "ü", "\u{1F600}", "0", "."]

    @Test(arguments: 0..<12)
    func pagesLikeTheModel(seed: Int) async throws {
        var random = Numbers(state: UInt64(seed) &* 7_919 &+ 1)
        let store = try await folder.open()
        try await store.createBucket("bucket")
        var keys: Set<ObjectKey> = []
        for _ in 0..<120 {
            let key = Self.word(&random, upTo: 5)
            try await store.put("", key)
            keys.insert(ObjectKey(key))
        }
        for key in keys.sorted().enumerated() where key.offset % 7 == 0 {
            try await store.delete(key.element, in: "bucket")
            keys.remove(key.element)
        }
        for _ in 0..<60 {
            var request = ListingRequest(
                prefix: random.next() % 2 == 0 ? "" : Self.word(&random, upTo: 2),
                delimiter: Self.delimiters.randomElement(using: &random) ?? nil,
                after: random.next() % 2 == 0 ? nil : Self.word(&random, upTo: 3),
                limit: Int(random.next() % 9) + 1
            )
            let expected = Self.elements(of: keys, request)
            var found: [ObjectKey] = []
            repeat {
                let page = try store.list(request, in: "bucket")
                #expect(page.count <= request.limit)
                let elements = (page.objects.map(\.key) + page.commonPrefixes).sorted()
                #expect(page.next == nil || page.next == elements.last)
                found += elements
                request.after = page.next?.text
            } while request.after != nil
            #expect(found == expected, "\(request)")
        }
    }

    @Test func ordersKeysByTheirBytes() async throws {
        let store = try await folder.open()
        try await store.createBucket("bucket")
        for key in ["é", "e\u{301}", "z", "\u{FFFD}", "\u{1F600}", "Z"] { try await store.put("", key) }
        let keys = try store.list(ListingRequest(), in: "bucket").objects.map { Array($0.key.bytes) }
        #expect(keys == ["Z", "e\u{301}", "z", "é", "\u{FFFD}", "\u{1F600}"].map { Array($0.utf8) })
    }

    /// The keys and common prefixes after the marker, in order.
    private static func elements(of keys: Set<ObjectKey>, _ request: ListingRequest) -> [ObjectKey] {
        let prefix = Array(request.prefix.utf8)
        let elements = keys.filter { $0.bytes.starts(with: prefix) }.map { key in
            guard let delimiter = request.delimiter.map({ Array($0.utf8) }) else { return key }
            let rest = Array(key.bytes.dropFirst(prefix.count))
            for start in rest.indices where rest[start...].starts(with: delimiter) {
                let end = prefix.count + start + delimiter.count
                return ObjectKey(String(decoding: key.bytes[..<end], as: UTF8.self))
            }
            return key
        }
        let after = request.after.map { ObjectKey($0) }
        return Set(elements).filter { element in after.map { $0 < element } ?? true }.sorted()
    }

    private static func word(_ random: inout Numbers, upTo length: UInt64) -> String {
        (0...random.next() % length).map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
    }

    /// Returns the same numbers in every run.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}
