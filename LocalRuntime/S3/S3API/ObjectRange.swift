import EmulatorCore
import NIOHTTP1
import ObjectStore

/// The bytes of an object that a request reads.
struct ObjectRange: Sendable {
    let range: Range<Int64>
    let isPartial: Bool
    /// The part that the request names; 1 for an object that was not uploaded in parts.
    let partNumber: Int?

    init(_ request: S3Request, _ object: ObjectRecord) throws {
        let number = request.query["partNumber"]
        let bytes = request.header("range")
        if let number {
            guard bytes == nil else {
                throw S3Error.invalidRequest("Cannot specify both Range header and partNumber query parameter")
            }
            let (number, range) = try Self.part(number, of: object)
            (self.range, isPartial, partNumber) = (range, true, number)
            return
        }
        partNumber = nil
        guard let bytes, Self.isApplicable(request, object), let range = try Self.range(bytes, size: object.size) else {
            (range, isPartial) = (0..<object.size, false)
            return
        }
        (self.range, isPartial) = (range, true)
    }

    /// The header `Content-Range`; nil for the whole object.
    func contentRange(size: Int64) -> String? {
        guard isPartial, !range.isEmpty else { return nil }
        return "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }

    /// The stored checksum of exactly these bytes.
    func checksum(of object: ObjectRecord) -> StoredChecksum? {
        guard isPartial else { return object.checksum }
        guard let partNumber, var checksum = object.checksum else { return nil }
        guard !object.parts.isEmpty else { return checksum }
        guard let value = object.parts[partNumber - 1].checksum else { return nil }
        checksum.value = value
        return checksum
    }

    /// Parses a single range; nil for any other text, which is ignored.
    ///
    /// - Throws: 416 if the range begins after the end of the object.
    static func range(_ text: String, size: Int64) throws -> Range<Int64>? {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let parts = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        // Numbers may be too large for Int64.
        func number(_ text: Substring) -> Int64? { text.isEmpty ? nil : Int64(text) ?? Int64.max }
        let range: Range<Int64>
        switch (number(parts[0]), number(parts[1])) {
        case (let first?, let last?):
            guard first <= last else { return nil }
            range = first..<max(first, min(last == Int64.max ? last : last + 1, size))
        case (let first?, nil): range = first..<max(first, size)
        case (nil, let count?): range = max(0, size - count)..<size
        case (nil, nil): return nil
        }
        guard !range.isEmpty else {
            var error = S3Error(
                .rangeNotSatisfiable,
                "InvalidRange",
                "The requested range is not satisfiable"
            ).with("RangeRequested", text).with("ActualObjectSize", "\(size)")
            error.headers.add(name: "Content-Range", value: "bytes */\(size)")
            throw error
        }
        return range
    }

    /// Whether the range applies to the object as it is now: `If-Range`.
    private static func isApplicable(_ request: S3Request, _ object: ObjectRecord) -> Bool {
        guard let condition = request.header("if-range") else { return true }
        if let date = UnixTime(httpDate: condition) { return object.modifiedAt / 1_000 <= date.seconds }
        return ETagList.unquoted(condition) == object.etag
    }

    private static func part(_ text: String, of object: ObjectRecord) throws -> (Int, Range<Int64>) {
        guard let number = Int(text), (1...10_000).contains(number) else {
            throw S3Error.invalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text
            )
        }
        if object.parts.isEmpty, number == 1 { return (1, 0..<object.size) }
        // The parts of an object are renumbered without gaps.
        guard number <= object.parts.count else {
            throw S3Error(.rangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable")
                .with("ActualPartCount", "\(max(1, object.parts.count))")
                .with("PartNumberRequested", text)
        }
        let start = object.parts[..<(number - 1)].reduce(0) { $0 + $1.size }
        return (number, start..<start + object.parts[number - 1].size)
    }
}
