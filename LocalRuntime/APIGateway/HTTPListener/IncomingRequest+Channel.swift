import NIOCore
import NIOHTTP1

extension IncomingRequest {
    init(_ head: HTTPRequestHead, body: ByteBuffer = ByteBuffer(), on channel: any Channel) {
        self.init(
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body: body,
            remoteAddress: channel.remoteAddress?.ipAddress ?? "127.0.0.1",
            isFromThisMachine: Self.isLocal(peer: channel.remoteAddress, to: channel.localAddress)
        )
    }

    /// Whether a connection is from this machine: its peer has a loopback address, or the same address as this end.
    /// Another machine cannot complete a TCP handshake from either.
    static func isLocal(peer: SocketAddress?, to local: SocketAddress?) -> Bool {
        guard let peer = peer?.ipAddress, let local = local?.ipAddress else { return false }
        return peer == local || peer == "::1" || isLoopbackIPv4(peer)
    }

    /// Whether an address is in 127.0.0.0/8, mapped to IPv6 or not.
    private static func isLoopbackIPv4(_ address: String) -> Bool {
        let address = address.hasPrefix("::ffff:") ? String(address.dropFirst("::ffff:".count)) : address
        return HostAuthority(address).map { $0.isAddress && $0.isLoopback } ?? false
    }
}
