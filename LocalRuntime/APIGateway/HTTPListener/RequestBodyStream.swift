public import NIOCore
import NIOHTTP1

/// The body of a request as it arrives. The client is held back while no bytes are requested.
///
/// It can be read once, and only until the function that received it returns.
public final class RequestBodyStream: AsyncSequence {
    public typealias Element = ByteBuffer

    private let source: () async throws -> ByteBuffer?
    private var isComplete = false

    /// A body whose chunks have already arrived.
    public convenience init(_ chunks: [ByteBuffer] = []) {
        var rest = chunks[...]
        self.init { rest.popFirst() }
    }

    init(source: @escaping () async throws -> ByteBuffer?) { self.source = source }

    /// The next bytes, at least one; nil at the end.
    ///
    /// - Throws: ``RequestBodyError`` if the client disconnects or stalls before the end; `HTTPParserError` if it
    ///   sends an invalid body.
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
        let body: RequestBodyStream

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            try await body.read()
        }
    }
}

/// Why the rest of a request's body will not arrive.
public enum RequestBodyError: Error, Sendable, CustomStringConvertible {
    /// The client disconnected before the end.
    case incomplete
    /// The client sent nothing for ``HTTPListener/Limits/bodyPause``.
    case stalled

    public var description: String {
        switch self {
        case .incomplete: "The client disconnected before the end of the body."
        case .stalled: "The client sent no part of the body for too long."
        }
    }
}
