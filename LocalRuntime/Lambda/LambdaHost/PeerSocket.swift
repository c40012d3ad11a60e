import Glibc
import NIOCore

/// The client's socket of a connection on this machine, as the kernel describes it.
///
/// The kernel is asked through `sock_diag(7)`, which finds one socket without listing all of them; where that is not
/// available, through `/proc/net/tcp`.
struct PeerSocket: Sendable, Hashable {
    /// The user who opened the socket.
    let userID: UInt32
    /// Identifies the socket among the files of processes; 0 if no process has it any more, or if the kernel does not
    /// tell.
    let inode: UInt32
    /// Whether the connection is established in both directions.
    let isEstablished: Bool

    /// Whether a process is known to have the socket open. One that is shut down in one direction is open.
    var isOpen: Bool { inode != 0 }

    /// Whether no process has the socket any more.
    var isClosed: Bool { inode == 0 && !isEstablished }

    /// Nil if the kernel does not tell, or if the client is not on this machine.
    init?(of channel: any Channel) {
        guard let client = channel.remoteAddress.flatMap(Endpoint.init),
            let server = channel.localAddress.flatMap(Endpoint.init),
            let found = Self.ask(client, server) ?? Self.read(client, server)
        else { return nil }
        self = found
    }

    init(userID: UInt32, inode: UInt32, isEstablished: Bool) {
        self.userID = userID
        self.inode = inode
        self.isEstablished = isEstablished
    }

    /// `TCP_ESTABLISHED`
    private static let established: UInt8 = 1

    /// An IPv4 address and a port, both in network byte order.
    private struct Endpoint {
        let address: UInt32
        let port: UInt16

        init?(_ address: SocketAddress) {
            guard let host = address.ipAddress, let port = address.port else { return nil }
            var bytes = UInt32(0)
            guard inet_pton(AF_INET, host, &bytes) == 1 else { return nil }
            self.address = bytes
            self.port = UInt16(truncatingIfNeeded: port).bigEndian
        }

        /// As `/proc/net/tcp` writes it: `0100007F:1F90`.
        var text: String { Self.hexadecimal(address, 8) + ":" + Self.hexadecimal(UInt32(port.byteSwapped), 4) }

        private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: digits - text.count) + text
        }
    }

    // MARK: sock_diag

    private static let messageSize = 72

    /// See `struct inet_diag_req_v2` and `struct inet_diag_msg` in `linux/inet_diag.h`.
    private static func ask(_ client: Endpoint, _ server: Endpoint) -> PeerSocket? {
        // AF_NETLINK, NETLINK_SOCK_DIAG
        let descriptor = socket(16, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 4)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // struct nlmsghdr: length, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, sequence, port; then family, protocol and states.
        var request = ByteBuffer()
        request.writeInteger(UInt32(messageSize), endianness: .host)
        request.writeMultipleIntegers(UInt16(20), UInt16(1), UInt32(1), UInt32(0), endianness: .host)
        request.writeMultipleIntegers(UInt8(AF_INET), UInt8(IPPROTO_TCP), UInt16(0))
        request.writeInteger(UInt32.max)
        request.writeMultipleIntegers(client.port, server.port, endianness: .host)
        for endpoint in [client, server] {
            request.writeInteger(endpoint.address, endianness: .host)
            request.writeRepeatingByte(0, count: 12)
        }
        // Any interface, any cookie.
        request.writeInteger(UInt32(0))
        request.writeInteger(UInt64.max)
        let sent = request.withUnsafeReadableBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
        guard sent == messageSize else { return nil }
        var answer = ByteBuffer()
        let count = answer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1_024) { bytes in
            max(0, recv(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT)))
        }
        guard count >= 88, answer.getInteger(at: 4, endianness: .host, as: UInt16.self) == 20,
            let state = answer.getInteger(at: 17, as: UInt8.self),
            let userID = answer.getInteger(at: 80, endianness: .host, as: UInt32.self),
            let inode = answer.getInteger(at: 84, endianness: .host, as: UInt32.self)
        else { return nil }
        return PeerSocket(userID: userID, inode: inode, isEstablished: state == established)
    }

    // MARK: /proc/net/tcp

    private static func read(_ client: Endpoint, _ server: Endpoint) -> PeerSocket? {
        guard let file = fopen("/proc/net/tcp", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let found = PeerSocket(line: text, client: client.text, server: server.text) { return found }
        }
        return nil
    }

    /// Reads a line of `/proc/net/tcp`; nil if it describes another socket.
    init?(line: String, client: String, server: String) {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count > 9, fields[1] == client, fields[2] == server, let state = UInt8(fields[3], radix: 16),
            let userID = UInt32(fields[7]), let inode = UInt32(fields[9])
        else { return nil }
        self.init(userID: userID, inode: inode, isEstablished: state == Self.established)
    }
}
