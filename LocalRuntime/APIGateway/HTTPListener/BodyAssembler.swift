import NIOCore
import NIOHTTP1

/// Collects the body of a request. It does no I/O: each step says what the connection has to do.
struct BodyAssembler {
    enum Step: Equatable {
        case incomplete
        /// The client waits for `100 Continue` before it sends the body.
        case sendContinue
        case complete(ByteBuffer)
        case tooLarge
    }

    private let limit: Int
    private var body = ByteBuffer()

    /// - Parameter limit: The largest body in bytes.
    init(limit: Int) { self.limit = limit }

    func begin(_ head: HTTPRequestHead) -> Step {
        if let length = head.contentLength, length > limit { return .tooLarge }
        return head.expectsContinue ? .sendContinue : .incomplete
    }

    mutating func append(_ part: HTTPServerRequestPart) -> Step {
        switch part {
        case .head: return .incomplete
        case .body(var bytes):
            guard body.readableBytes + bytes.readableBytes <= limit else { return .tooLarge }
            if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
            return .incomplete
        case .end: return .complete(body)
        }
    }
}

extension HTTPRequestHead {
    /// Whether the client waits for `100 Continue` before it sends the body.
    ///
    /// HTTP/1.0 has no such responses: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    var expectsContinue: Bool {
        version == .http1_1 && headers.first(name: "expect")?.lowercased() == "100-continue"
    }

    /// The value of `Content-Length`; nil without one.
    var contentLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }
}
