import BlockingIO

/// Bytes to and from a server, waited for until a deadline.
protocol Transport: AnyObject {
    /// Sends all of it.
    func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError)

    /// Waits for some bytes and appends them.
    func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError)

    /// Whether the peer has closed the connection, on which nothing is under way, or spoken out of turn.
    func isDead() -> Bool
}

/// TCP or a Unix domain socket.
final class PlainTransport: Transport {
    private let socket: Socket

    init(_ socket: consuming Socket) {
        self.socket = socket
    }

    func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError) {
        try socket.send(bytes, until: deadline)
    }

    func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError) {
        try socket.receive(into: &buffer, until: deadline)
    }

    func isDead() -> Bool {
        // Redis says nothing unasked.
        socket.isReadable
    }
}

/// TLS over TCP.
final class TLSTransport: Transport {
    private let socket: Socket
    private var session: TLSSession
    /// Received and not deciphered yet.
    private var ciphertext: [UInt8] = []

    /// Does the handshake, which fails unless the certificate is for this host and from somebody who is trusted.
    init(_ socket: consuming Socket, host: String, until deadline: Deadline) throws(RedisError) {
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
        // Unlike Redis, TLS speaks unasked: session tickets come after the handshake.
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
        session.takeIn(ciphertext)
    }
}
