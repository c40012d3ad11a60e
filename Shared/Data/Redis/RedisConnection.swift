import BlockingIO

/// A connection to one server. Its calls block, and only one thread may use it at a time, so it is not `Sendable`.
final class RedisConnection {
    /// False after the connection broke, or if replies may still arrive.
    private(set) var isUsable = true

    private let transport: any Transport
    private var reader: ReplyReader
    /// Commands to send ahead of the first one, in the same round trip.
    private var greeting: [[String]]

    init(to location: RedisLocation, until deadline: Deadline) throws(RedisError) {
        switch location.address {
        case .host(let host, let port, isTLS: false):
            transport = PlaintextTransport(try NonBlockingSocket(host: host, port: port, until: deadline))
        case .host(let host, let port, isTLS: true):
            let socket = try NonBlockingSocket(host: host, port: port, until: deadline)
            transport = try TLSTransport(socket, host: host, until: deadline)
        case .path(let path):
            transport = PlaintextTransport(try NonBlockingSocket(path: path, until: deadline))
        }
        reader = try ReplyReader()
        greeting = location.greeting
    }

    func isDead() -> Bool {
        !isUsable || transport.isDead()
    }

    /// Sends commands and receives their replies, in one round trip.
    func exchange(_ commands: [[String]], until deadline: Deadline) throws(RedisError) -> [RedisValue] {
        do throws(RedisError) {
            var request: [UInt8] = []
            for command in greeting { try WireProtocol.append(command, to: &request) }
            for command in commands { try WireProtocol.append(command, to: &request) }
            try transport.send(request, until: deadline)
            let greetingReplies = try receive(greeting.count, until: deadline)
            let replies = try receive(commands.count, until: deadline)
            try checkGreeting(greetingReplies)
            return replies
        } catch {
            isUsable = false
            throw error
        }
    }

    private func receive(_ count: Int, until deadline: Deadline) throws(RedisError) -> [RedisValue] {
        var replies: [RedisValue] = []
        replies.reserveCapacity(count)
        var bytes: [UInt8] = []
        while replies.count < count {
            if let reply = try reader.next() {
                replies.append(reply)
            } else {
                bytes.removeAll(keepingCapacity: true)
                try transport.receive(into: &bytes, until: deadline)
                try reader.feed(bytes)
            }
        }
        return replies
    }

    private func checkGreeting(_ replies: [RedisValue]) throws(RedisError) {
        for case .error(let message) in replies {
            var error = RedisError(serverMessage: message)
            error.code = .connectionFailed
            error.message = "The server rejected the password or the database."
            throw error
        }
        greeting = []
    }
}
