import EmulatorCore
public import NIOCore
public import NIOHTTP1

/// A request whose body has arrived whole, or is handed over beside it.
public struct IncomingRequest: Sendable {
    public var method: HTTPMethod
    /// The request target as sent: path and query, percent-encoded.
    public var uri: String
    /// Names as the client cased them, in the order sent.
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// The client's address without the port.
    public var remoteAddress: String

    public init(
        method: HTTPMethod,
        uri: String,
        headers: HTTPHeaders,
        body: ByteBuffer = ByteBuffer(),
        remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The target up to the question mark, still percent-encoded.
    public var path: Substring { Substring(uri.utf8.prefix { $0 != UInt8(ascii: "?") }) }

    /// What follows the first question mark, still percent-encoded; nil without one.
    public var query: Substring? {
        uri.firstIndex(of: "?").map { uri[uri.index(after: $0)...] }
    }
}

/// Some of the bytes of a file, which is opened when its turn comes.
public struct FileSlice: Sendable {
    public let offset: Int64
    /// Bytes; at least one.
    public let count: Int64
    let open: @Sendable () throws -> CInt

    /// - Parameter open: Gives a new descriptor of a file that has all the bytes, without delay; the listener closes it.
    public init(offset: Int64, count: Int64, open: @escaping @Sendable () throws -> CInt) {
        self.offset = offset
        self.count = count
        self.open = open
    }
}

/// A response: its body known whole, or coming bit by bit.
public struct OutgoingResponse: Sendable {
    public enum Body: Sendable {
        case bytes(ByteBuffer)
        /// Chunks until the stream ends; the connection closes with an error if it throws, or gives other than
        /// `Content-Length` bytes where the headers say that. The stream is asked for more as the client takes it, so
        /// one that is made by unfolding never has more in memory than one chunk. HEAD does not ask it.
        case stream(AsyncThrowingStream<ByteBuffer, any Error>)
        /// Bytes of files, one slice after the other, that the kernel sends without their being read here. The headers
        /// have their length as `Content-Length`. HEAD opens none of them.
        case files([FileSlice])
    }

    public var status: HTTPResponseStatus
    /// `Content-Length` or `Transfer-Encoding` are added by the listener; `Content-Length` need only be given for a
    /// stream whose length is known, and in an answer to HEAD without the body that GET would get.
    public var headers: HTTPHeaders
    public var body: Body

    public init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: Body = .bytes(ByteBuffer())) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with a JSON text as its body.
    public static func json(_ status: HTTPResponseStatus, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        json(status, ByteBuffer(string: text), headers: headers)
    }

    public static func json(_ status: HTTPResponseStatus, _ text: ByteBuffer, headers: HTTPHeaders = [:]) -> Self {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        return OutgoingResponse(status: status, headers: headers, body: .bytes(text))
    }

    /// `{"message":"…"}`, the form of API Gateway's own answers.
    public static func message(_ status: HTTPResponseStatus, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        var json = JSONWriter()
        json.object { $0.field("message", text) }
        return self.json(status, json.buffer, headers: headers)
    }
}
