import EmulatorCore
import NIOHTTP1
import ObjectStore

/// What a request to read, or to copy, expects of the object.
///
/// https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
struct ReadConditions: Sendable {
    private let ifMatch: [String]?
    private let ifNoneMatch: [String]?
    private let ifModifiedSince: Int64?
    private let ifUnmodifiedSince: Int64?

    /// - Parameter prefix: Of the headers' names: `x-amz-copy-source-` for the source of a copy.
    init(_ headers: HTTPHeaders, prefix: String) {
        func date(_ name: String) -> Int64? {
            headers.first(name: prefix + name).flatMap { UnixTime(httpDate: $0)?.seconds }
        }
        ifMatch = headers.first(name: "\(prefix)if-match").map { ETags.parse($0) }
        ifNoneMatch = headers.first(name: "\(prefix)if-none-match").map { ETags.parse($0) }
        ifModifiedSince = date("if-modified-since")
        ifUnmodifiedSince = date("if-unmodified-since")
    }

    /// - Throws: 412, or 304 where the client has the object already.
    func check(_ object: StoredObject) throws {
        let modified = object.modifiedAt / 1_000
        func isNamed(_ etags: [String]) -> Bool { etags.contains { $0 == "*" || $0 == object.etag } }
        if let ifMatch {
            guard isNamed(ifMatch) else { throw S3Error.preconditionFailed.with("Condition", "If-Match") }
        } else if let ifUnmodifiedSince, modified > ifUnmodifiedSince {
            throw S3Error.preconditionFailed.with("Condition", "If-Unmodified-Since")
        }
        if let ifNoneMatch {
            guard !isNamed(ifNoneMatch) else { throw S3Error.notModified }
        } else if let ifModifiedSince, modified <= ifModifiedSince {
            throw S3Error.notModified
        }
    }
}

extension S3Error {
    static let notModified = S3Error(.notModified, "NotModified", "Not Modified")
}

extension WriteCondition {
    init(_ headers: HTTPHeaders) throws {
        self.init(
            ifMatch: headers.first(name: "if-match").map { ETags.parse($0) },
            ifNoneMatch: headers.first(name: "if-none-match").map { ETags.parse($0) }
        )
    }
}

enum ETags {
    /// The ETags of a list, without quotation marks.
    static func parse(_ list: String) -> [String] {
        list.split(separator: ",").map { item in
            var item = item.drop { $0 == " " }
            while item.last == " " { item.removeLast() }
            if item.hasPrefix("W/") { item = item.dropFirst(2) }
            return unquoted(String(item))
        }
    }

    static func unquoted(_ etag: String) -> String {
        etag.count >= 2 && etag.hasPrefix("\"") && etag.hasSuffix("\"") ? String(etag.dropFirst().dropLast()) : etag
    }
}

/// Which bytes of an object are asked for.
struct Selection: Sendable {
    let range: Range<Int64>
    let isPartial: Bool
    /// The part that was asked for by its number; also set for the only one of an object that did not come in parts.
    let partNumber: Int?

    init(_ request: S3Request, _ object: StoredObject) throws {
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
        guard let bytes, Self.isStillMeant(request, object), let range = try Self.range(bytes, size: object.size) else {
            (range, isPartial) = (0..<object.size, false)
            return
        }
        (self.range, isPartial) = (range, true)
    }

    /// What a part of the object says about its place; nil for the whole object.
    func contentRange(size: Int64) -> String? {
        guard isPartial, !range.isEmpty else { return nil }
        return "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }

    /// What is known of exactly these bytes.
    func checksum(of object: StoredObject) -> StoredChecksum? {
        guard isPartial else { return object.checksum }
        guard let partNumber, var checksum = object.checksum else { return nil }
        guard !object.parts.isEmpty else { return checksum }
        guard let value = object.parts[partNumber - 1].checksum else { return nil }
        checksum.value = value
        return checksum
    }

    /// A single range; nil for what is none, which counts as not there.
    /// - Throws: 416 if it begins behind the end.
    static func range(_ text: String, size: Int64) throws -> Range<Int64>? {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let parts = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        // Numbers of any length may stand there.
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

    /// A range that is meant only of an object that has not changed.
    private static func isStillMeant(_ request: S3Request, _ object: StoredObject) -> Bool {
        guard let condition = request.header("if-range") else { return true }
        if let date = UnixTime(httpDate: condition) { return object.modifiedAt / 1_000 <= date.seconds }
        return ETags.unquoted(condition) == object.etag
    }

    private static func part(_ text: String, of object: StoredObject) throws -> (Int, Range<Int64>) {
        guard let number = Int(text), (1...10_000).contains(number) else {
            throw S3Error.invalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text
            )
        }
        if object.parts.isEmpty, number == 1 { return (1, 0..<object.size) }
        // Parts of an object are numbered anew, without gaps.
        guard number <= object.parts.count else {
            throw S3Error(.rangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable")
                .with("ActualPartCount", "\(max(1, object.parts.count))")
                .with("PartNumberRequested", text)
        }
        let start = object.parts[..<(number - 1)].reduce(0) { $0 + $1.size }
        return (number, start..<start + object.parts[number - 1].size)
    }
}
