import NIOCore
import NIOHTTP1

/// The inbound parts of one connection, shared by its readers.
///
/// Not `Sendable`: only the connection's task uses it.
final class RequestParts {
    private var iterator: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator

    init(_ inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>) { iterator = inbound.makeAsyncIterator() }

    func next() async throws -> HTTPServerRequestPart? { try await iterator.next(isolation: #isolation) }
}
