import Logging
import NIOCore
import NIOHTTP1

/// Writes the responses of one connection.
struct ResponseWriter {
    private struct WrongLength: Error {}

    let channel: any Channel
    let outbound: ResponseParts
    let logger: Logger

    func writeContinue(to request: HTTPRequestHead) async throws {
        try await outbound.write(.head(HTTPResponseHead(version: request.version, status: .continue)))
    }

    /// Writes a response and waits until the socket has taken it: the connection may end afterwards, because the server
    /// or the client says so, and closing it would drop what still waits.
    ///
    /// A response whose headers are not valid HTTP is replaced with a 500 response.
    /// - Throws: When the client has disconnected, or a streamed body ends early; the connection must then be closed.
    func write(_ response: OutgoingResponse, to request: HTTPRequestHead, keepAlive: Bool) async throws {
        // After an incomplete request the channel is closed, and its handlers accept no second response.
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let response = checked(response)
        var head = HTTPResponseHead(version: request.version, status: response.status, headers: response.headers)
        if !keepAlive {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.version != .http1_1 {
            // An HTTP/1.0 client closes the connection unless the response says to keep it.
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        let sendsBody = request.method != .HEAD && response.status.mayHaveResponseBody
        switch response.body {
        case .bytes(let bytes):
            // For HEAD the responder may have set the length of the body that GET would get.
            let hasLength = request.method == .HEAD && head.headers.contains(name: "content-length")
            if response.status.mayHaveResponseBody, !hasLength {
                head.headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.readableBytes)")
            }
            // Not flushed: the parts are sent together.
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if sendsBody, bytes.readableBytes > 0 {
                channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
            }
        case .stream(let chunks):
            try await outbound.write(.head(head))
            if sendsBody { try await write(chunks, length: head.contentLength) }
        case .files(let slices):
            let slices = sendsBody ? slices : []
            let first: NIOFileHandle?
            do {
                first = try slices.first?.opened()
            } catch {
                return try await write(.internalServerError, to: request, keepAlive: keepAlive)
            }
            // Not flushed: it is sent together with the first slice.
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if let first { try await write(slices[0], of: first) }
            for slice in slices.dropFirst() { try await write(slice, of: slice.opened()) }
        }
        try await flush(.end(nil))
    }

    private func checked(_ response: OutgoingResponse) -> OutgoingResponse {
        guard !response.headers.areWellFormed else { return response }
        logger.warning("Response has invalid headers", metadata: ["status": "\(response.status.code)"])
        return .internalServerError
    }

    /// - Throws: ``WrongLength`` if the stream yields more or fewer bytes than `Content-Length` says. Closing the
    ///   connection is then the only way to signal the error to the client.
    private func write(_ chunks: AsyncThrowingStream<ByteBuffer, any Error>, length: Int?) async throws {
        var written = 0
        for try await chunk in chunks {
            written += chunk.readableBytes
            if let length, written > length { throw WrongLength() }
            try await outbound.write(.body(.byteBuffer(chunk)))
        }
        if let length, written != length { throw WrongLength() }
    }

    private func write(_ slice: FileSlice, of file: NIOFileHandle) async throws {
        defer { try? file.close() }
        let region = FileRegion(
            fileHandle: file,
            readerIndex: Int(slice.offset),
            endIndex: Int(slice.offset + slice.count)
        )
        try await flush(.body(.fileRegion(region)))
    }

    /// Returns when the socket has taken everything, so that the connection can then be closed without loss.
    private func flush(_ part: HTTPServerResponsePart) async throws {
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(part)
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

extension OutgoingResponse {
    fileprivate static var internalServerError: Self { .message(.internalServerError, "Internal Server Error") }
}

extension HTTPResponseHead {
    fileprivate var contentLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }
}

extension HTTPResponseStatus {
    fileprivate var mayHaveResponseBody: Bool { code >= 200 && code != 204 && code != 304 }
}

extension FileSlice {
    /// The caller closes the file.
    fileprivate func opened() throws -> NIOFileHandle {
        NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: try open())
    }
}
