import FoundationEssentials

/// Incrementally parses one HTTP/1.1 response (RFC 9112). Supports `Content-Length`, chunks with extensions and
/// trailers, and interim responses.
struct RuntimeAPIResponseParser {
    /// The limit for status line and headers, in bytes. Lambda's largest header, the client context, has at most 3,583.
    static let maximumHeadSize = 65_536
    /// In bytes. Lambda's events have at most 6 MB.
    static let maximumBodySize = 64 * 1_024 * 1_024

    private enum State {
        case head
        case body(remaining: Int)
        case bodyUntilClose
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
    }

    private var state = State.head
    private var line: [UInt8] = []
    private var headSize = 0
    private var response: RuntimeAPIResponse?
    /// Whether any byte has been consumed.
    private(set) var hasBegun = false

    /// Consumes the next bytes. Returns the response once it is complete.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(RuntimeAPIError) -> RuntimeAPIResponse? {
        hasBegun = hasBegun || !bytes.isEmpty
        var rest = bytes[...]
        var completed: RuntimeAPIResponse?
        while !rest.isEmpty, completed == nil {
            switch state {
            case .head, .chunkSize, .chunkEnd, .trailers:
                guard let line = try takeLine(from: &rest) else { return nil }
                completed = try consumeLine(line)
            case .body(let remaining):
                let count = take(remaining, from: &rest)
                state = .body(remaining: remaining - count)
                if count == remaining { completed = response }
            case .bodyUntilClose:
                _ = take(rest.count, from: &rest)
            case .chunk(let remaining):
                let count = take(remaining, from: &rest)
                state = count == remaining ? .chunkEnd : .chunk(remaining: remaining - count)
            }
        }
        if !rest.isEmpty {
            // There was only one request, so bytes after its response mean that the connection is out of sync.
            completed?.keepsConnectionOpen = false
        }
        return completed
    }

    /// Handles a connection closed by the peer. Throws unless the close delimits the response's body.
    func endOfInput() throws(RuntimeAPIError) -> RuntimeAPIResponse {
        guard case .bodyUntilClose = state, let response else {
            throw RuntimeAPIError(.unreachable, message: "the connection was closed in the middle of a response")
        }
        return response
    }

    /// Returns the response if this line completes it.
    private mutating func consumeLine(_ line: [UInt8]) throws(RuntimeAPIError) -> RuntimeAPIResponse? {
        switch state {
        case .head:
            guard response != nil else {
                response = try statusLine(line)
                return nil
            }
            guard line.isEmpty else {
                add(try header(line))
                return nil
            }
            return try endOfHead()
        case .chunkSize:
            let size = try chunkSize(line)
            state = size == 0 ? .trailers : .chunk(remaining: size)
            return nil
        case .chunkEnd:
            guard line.isEmpty else { throw malformed("a chunk is longer than its size") }
            state = .chunkSize
            return nil
        case .trailers:
            return line.isEmpty ? response : nil
        case .body, .bodyUntilClose, .chunk:
            return nil
        }
    }

    /// Decides how the body is delimited (RFC 9112, section 6.3).
    private mutating func endOfHead() throws(RuntimeAPIError) -> RuntimeAPIResponse? {
        guard let response else { return nil }
        if (100..<200).contains(response.status) {
            self.response = nil
            headSize = 0
            return nil
        }
        if response.status == 204 || response.status == 304 { return response }
        if let encoding = response.header("transfer-encoding") {
            guard encoding.lowercased() == "chunked" else { throw malformed("transfer encoding '\(encoding)'") }
            state = .chunkSize
            return nil
        }
        guard let contentLength = response.header("content-length") else {
            self.response?.keepsConnectionOpen = false
            state = .bodyUntilClose
            return nil
        }
        guard contentLength.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(contentLength) else {
            throw malformed("content length '\(contentLength)'")
        }
        guard length > 0 else { return response }
        try checkBodySize(length)
        self.response?.body.reserveCapacity(length)
        state = .body(remaining: length)
        return nil
    }

    // MARK: Parts

    private func statusLine(_ line: [UInt8]) throws(RuntimeAPIError) -> RuntimeAPIResponse {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), parts[1].count == 3,
            let status = Int(String(decoding: parts[1], as: UTF8.self)), status >= 100
        else { throw malformed("it does not begin with an HTTP/1 status line") }
        return RuntimeAPIResponse(status: status, keepsConnectionOpen: parts[0].last == UInt8(ascii: "1"))
    }

    private func header(_ line: [UInt8]) throws(RuntimeAPIError) -> RuntimeAPIResponse.Header {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
            throw malformed("a header has no name")
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
        return RuntimeAPIResponse.Header(name: name, value: String(decoding: value, as: UTF8.self))
    }

    private mutating func add(_ header: RuntimeAPIResponse.Header) {
        response?.headers.append(header)
        if header.name == "connection", header.value.lowercased() == "close" { response?.keepsConnectionOpen = false }
    }

    private func chunkSize(_ line: [UInt8]) throws(RuntimeAPIError) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("a chunk has no size") }
        try checkBodySize(size)
        return size
    }

    // MARK: Bytes

    /// Removes a line and returns it without its terminator. Buffers an incomplete line and returns nil.
    private mutating func takeLine(
        from rest: inout Slice<UnsafeRawBufferPointer>
    ) throws(RuntimeAPIError) -> [UInt8]? {
        let end = rest.firstIndex(of: UInt8(ascii: "\n"))
        let part = rest[..<(end ?? rest.endIndex)]
        headSize += part.count
        if case .head = state, headSize > Self.maximumHeadSize { throw malformed("its headers are too large") }
        guard line.count + part.count <= Self.maximumHeadSize else { throw malformed("a line is too long") }
        line += part
        guard let end else {
            rest = rest[rest.endIndex...]
            return nil
        }
        rest = rest[(end + 1)...]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        return line
    }

    /// Moves up to `count` bytes to the body and returns how many.
    private mutating func take(_ count: Int, from rest: inout Slice<UnsafeRawBufferPointer>) -> Int {
        let part = rest.prefix(count)
        response?.body.append(contentsOf: part)
        rest = rest[part.endIndex...]
        return part.count
    }

    private func checkBodySize(_ increase: Int) throws(RuntimeAPIError) {
        guard increase <= Self.maximumBodySize - (response?.body.count ?? 0) else {
            throw malformed("its body is too large")
        }
    }

    private func malformed(_ reason: String) -> RuntimeAPIError {
        RuntimeAPIError(.malformedResponse, message: "malformed response: \(reason)")
    }
}
