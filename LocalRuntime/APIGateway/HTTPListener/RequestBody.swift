public import NIOCore
import NIOHTTP1

/// The body of a request, as it arrives: the client is held back while nobody asks for more.
///
/// It can be read once, and only until the responder that was given it has answered.
public final class RequestBody: AsyncSequence {
    public typealias Element = ByteBuffer

    private let source: () async throws -> ByteBuffer?
    private var isComplete = false

    /// A body for tests, or one that has arrived whole.
    public convenience init(_ chunks: [ByteBuffer] = []) {
        var rest = chunks[...]
        self.init { rest.popFirst() }
    }

    init(source: @escaping () async throws -> ByteBuffer?) { self.source = source }

    /// The next bytes, never none of them; nil at the end.
    ///
    /// - Throws: ``RequestBodyError`` when the client left or stopped in the middle; `HTTPParserError` when what it sent is no body.
    public func read() async throws -> ByteBuffer? {
        guard !isComplete else { return nil }
        while let bytes = try await source() {
            if bytes.readableBytes > 0 { return bytes }
        }
        isComplete = true
        return nil
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let body: RequestBody

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            try await body.read()
        }
    }
}

/// Why the end of a request's body will not arrive.
public enum RequestBodyError: Error, Sendable, CustomStringConvertible {
    /// The client left in the middle.
    case incomplete
    /// The client stayed and sent nothing for ``HTTPListener/Limits/bodyPause``.
    case stalled

    public var description: String {
        switch self {
        case .incomplete: "The client left before the end of the body"
        case .stalled: "The client has sent nothing of the body for too long"
        }
    }
}
