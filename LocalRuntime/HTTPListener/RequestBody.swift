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
    /// - Throws: ``RequestBodyError`` when the client left in the middle; `HTTPParserError` when what it sent is no body.
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

/// The client left in the middle of a request's body.
public struct RequestBodyError: Error, Sendable, CustomStringConvertible {
    public var description: String { "The client left before the end of the body" }

    public init() {}
}
