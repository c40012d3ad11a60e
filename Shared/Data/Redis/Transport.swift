import BlockingIO

/// A byte stream to a server.
protocol Transport: AnyObject {
    /// Sends all bytes.
    func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError)

    /// Waits for bytes and appends them.
    func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError)

    /// Whether an idle connection has been closed by the peer, or has received unexpected data.
    func isDead() -> Bool
}

/// TCP or a Unix domain socket.
final class PlaintextTransport: Transport {
    private let socket: NonBlockingSocket

    init(_ socket: consuming NonBlockingSocket) {
        self.socket = socket
    }

    func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError) {
        try socket.send(bytes, until: deadline)
    }

    func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError) {
        try socket.receive(into: &buffer, until: deadline)
    }

    func isDead() -> Bool {
        // Redis sends nothing on an idle connection.
        socket.isReadable
    }
}

/// TLS over TCP.
final class TLSTransport: Transport {
    private let socket: NonBlockingSocket
    private var session: TLSSession
    /// Received but not yet decrypted.
    private var ciphertext: [UInt8] = []

    /// Performs the handshake. Throws unless the certificate is valid for `host` and issued by a trusted authority.
    init(_ socket: consuming NonBlockingSocket, host: String, until deadline: Deadline) throws(RedisError) {
        self.socket = socket
        session = try TLSSession(host: host)
        while try !session.continueHandshake() {
            try flush(until: deadline)
            try receiveCiphertext(until: deadline)
        }
        try flush(until: deadline)
    }

    func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError) {
        try session.encrypt(bytes)
        try flush(until: deadline)
    }

    func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError) {
        let countBefore = buffer.count
        while true {
            try session.decrypt(into: &buffer)
            guard buffer.count == countBefore else { return }
            try flush(until: deadline)
            try receiveCiphertext(until: deadline)
        }
    }

    func isDead() -> Bool {
        // Unlike Redis, TLS sends data on an idle connection: session tickets follow the handshake.
        var unexpected: [UInt8] = []
        do throws(RedisError) {
            while socket.isReadable {
                try receiveCiphertext(until: Deadline(after: .zero))
                try session.decrypt(into: &unexpected)
            }
        } catch {
            return true
        }
        return !unexpected.isEmpty
    }

    private func flush(until deadline: Deadline) throws(RedisError) {
        let bytes = session.takeCiphertext()
        if !bytes.isEmpty { try socket.send(bytes, until: deadline) }
    }

    private func receiveCiphertext(until deadline: Deadline) throws(RedisError) {
        ciphertext.removeAll(keepingCapacity: true)
        try socket.receive(into: &ciphertext, until: deadline)
        session.receive(ciphertext)
    }
}
