import FoundationEssentials

/// The JSON array of a list route, which is cut before it exceeds ``maximumBytes``. What is left out is on the next page.
///
/// The budget is in bytes, because the size of an item depends on what other users wrote: a page that is limited by its
/// number of items alone could exceed what Lambda returns.
public struct PageBody {
    /// Lambda limits a response to 6 MB, in which the body is a JSON string whose quotation marks are escaped.
    public static let maximumBytes = 1_000_000

    private var items: [[UInt8]] = []
    private var size = 2

    public init() {}

    /// The number of items.
    public var count: Int { items.count }

    /// Adds an item, and returns whether it fits. The first item always does, so that paging goes on.
    public mutating func append(_ item: some Encodable) throws -> Bool {
        let json = try item.json()
        guard items.isEmpty || size + json.count + 1 <= Self.maximumBytes else { return false }
        items.append(json)
        size += json.count + 1
        return true
    }

    /// Adds items until one does not fit.
    public init(_ candidates: some Sequence<some Encodable>) throws {
        self.init()
        for item in candidates where try !append(item) { return }
    }

    /// The array as a response.
    ///
    /// - Parameters:
    ///   - next: The path and query of the next page (RFC 8288); nil on the last page.
    ///   - isReversed: Whether the items are in the opposite order of their addition.
    public func response(next: String?, isReversed: Bool = false) -> HTTPResponse {
        var headers = ["content-type": "application/json"]
        headers["link"] = next.map { "<\($0)>; rel=\"next\"" }
        let body = Array((isReversed ? items.reversed() : items).joined(separator: [UInt8(ascii: ",")]))
        return HTTPResponse(statusCode: 200, headers: headers, body: "[\(String(decoding: body, as: UTF8.self))]")
    }
}
