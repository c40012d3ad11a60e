import EmulatorCore
public import NIOCore
public import NIOHTTP1

/// A request with its whole body; a streaming handler gets the body separately, and here it is empty.
public struct IncomingRequest: Sendable {
    public var method: HTTPMethod
    /// The request target as sent: path and query, still percent-encoded.
    public var uri: String
    /// In the order sent, names in the client's case.
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// The client's address without the port.
    public var remoteAddress: String
    /// Whether the client's process runs on this machine, by the addresses of the connection.
    public var isFromThisMachine: Bool

    public init(
        method: HTTPMethod,
        uri: String,
        headers: HTTPHeaders,
        body: ByteBuffer = ByteBuffer(),
        remoteAddress: String = "127.0.0.1",
        isFromThisMachine: Bool = true
    ) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.isFromThisMachine = isFromThisMachine
    }

    /// The target up to the first question mark, still percent-encoded.
    public var path: Substring { Substring(uri.utf8.prefix { $0 != UInt8(ascii: "?") }) }

    /// The target after the first question mark, still percent-encoded; nil without one.
    public var query: Substring? {
        uri.firstIndex(of: "?").map { uri[uri.index(after: $0)...] }
    }
}

/// A range of bytes of a file, which is opened when it is sent.
public struct FileSlice: Sendable {
    public let offset: Int64
    /// In bytes; at least one.
    public let count: Int64
    let open: @Sendable () throws -> CInt

    /// - Parameter open: Returns a new file descriptor, which the listener closes. The file must contain the whole range,
    ///   and opening it must not block.
    public init(offset: Int64, count: Int64, open: @escaping @Sendable () throws -> CInt) {
        self.offset = offset
        self.count = count
        self.open = open
    }
}

/// A response, with its body in memory, in a stream or in files.
public struct OutgoingResponse: Sendable {
    public enum Body: Sendable {
        case bytes(ByteBuffer)
        /// The next chunk is requested when the client has taken the previous one. If the stream throws, or its length
        /// differs from a `Content-Length` in the headers, the connection is closed. Not read for HEAD.
        case stream(AsyncThrowingStream<ByteBuffer, any Error>)
        /// Slices of files, one after the other, sent by the kernel (`sendfile`). The headers must have the total length
        /// as `Content-Length`. Not opened for HEAD.
        case files([FileSlice])
    }

    public var status: HTTPResponseStatus
    /// The listener adds `Content-Length` or `Transfer-Encoding`. Set `Content-Length` only for a stream of known length,
    /// for files, and in a response to HEAD that has no body.
    public var headers: HTTPHeaders
    public var body: Body

    public init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: Body = .bytes(ByteBuffer())) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with JSON text as its body.
    public static func json(_ status: HTTPResponseStatus, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        json(status, ByteBuffer(string: text), headers: headers)
    }

    public static func json(_ status: HTTPResponseStatus, _ text: ByteBuffer, headers: HTTPHeaders = [:]) -> Self {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        return OutgoingResponse(status: status, headers: headers, body: .bytes(text))
    }

    /// A response with the body `{"message":"…"}`, the form of API Gateway's own responses.
    public static func message(_ status: HTTPResponseStatus, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        var json = JSONWriter()
        json.object { $0.field("message", text) }
        return self.json(status, json.buffer, headers: headers)
    }
}
