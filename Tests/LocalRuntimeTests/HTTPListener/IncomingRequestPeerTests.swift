import NIOCore
import Testing

@testable import HTTPListener

@Suite struct IncomingRequestPeerTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1", true), ("127.3.2.1", "127.0.0.1", true), ("::1", "::1", true),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", true),
        // A program on this machine connects to its address in the network.
        ("192.168.1.7", "192.168.1.7", true), ("fe80::1", "fe80::1", true),
        ("192.168.1.8", "192.168.1.7", false), ("10.0.0.1", "127.0.0.1", false), ("fe80::2", "fe80::1", false),
        ("128.0.0.1", "128.0.0.2", false), ("::2", "::1", false), ("::ffff:10.0.0.1", "::ffff:10.0.0.2", false),
    ])
    func knowsProcessesOfThisMachine(peer: String, local: String, isLocal: Bool) throws {
        let peer = try SocketAddress(ipAddress: peer, port: 50_000)
        let local = try SocketAddress(ipAddress: local, port: 3_000)
        #expect(IncomingRequest.isLocal(peer: peer, to: local) == isLocal)
    }

    @Test func takesNoUnknownPeerForAProcessOfThisMachine() {
        #expect(!IncomingRequest.isLocal(peer: nil, to: nil))
    }
}
