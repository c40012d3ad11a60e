import NIOCore
import NIOHTTP1
import NIOPosix

/// The listener for the Runtime API of one process, on the event loop of that process.
enum RuntimeAPIServer {
    static func bind(for process: ProcessHandle) async throws -> any Channel {
        try await ServerBootstrap(group: process.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A connection is read once it is known to be the function's.
            .childChannelOption(.autoRead, value: false)
            // A client may end its side of the connection after a request and still wait for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let excess = RuntimeAPIExcessHandler()
                    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
                    // A decoder keeps a part of a head only, or what follows an upgrade request.
                    try pipeline.addHandlers(
                        excess,
                        ByteToMessageHandler(decoder, maximumBufferSize: 131_072),
                        RuntimeAPIHandler(process: process.onLoop, excess: excess)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }
}
