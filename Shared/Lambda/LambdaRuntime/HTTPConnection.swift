import FoundationEssentials

/// One HTTP/1.1 connection to one peer: a request, its response, the next request; opened when it is first needed.
final class HTTPConnection {
    private let address: String
    private var socket: Socket?

    /// - Parameter address: A host and a port: `127.0.0.1:9001`, `localhost:9001`, `[::1]:9001`.
    init(address: String) {
        self.address = address
    }

    /// Sends a whole request and waits for the whole response, however long it takes.
    ///
    /// A connection that the peer closed since the last exchange is opened anew, once.
    /// - Parameter whileIdle: Whether nothing is lost if the process, or the peer, ends before a response comes.
    func exchange(_ request: [UInt8], whileIdle: Bool) throws(RuntimeAPIError) -> HTTPResponse {
        if let socket {
            if let response = try attempt(request, over: socket, whileIdle: whileIdle) { return response }
            self.socket = nil
            do {
                self.socket = try Socket(connectedTo: address)
            } catch {
                throw whileIdle ? RuntimeAPIError(.closed, message: error.message) : error
            }
        } else {
            socket = try Socket(connectedTo: address)
        }
        guard let socket, let response = try attempt(request, over: socket, whileIdle: whileIdle) else {
            self.socket = nil
            throw RuntimeAPIError(whileIdle ? .closed : .unreachable, message: "the connection was closed")
        }
        return response
    }

    /// Gives nil if the connection was closed before the first byte of a response.
    private func attempt(
        _ request: [UInt8],
        over socket: Socket,
        whileIdle: Bool
    ) throws(RuntimeAPIError) -> HTTPResponse? {
        guard try socket.send(request) else { return nil }
        if whileIdle { socket.waitForBytesOrTermination() }
        var parser = HTTPResponseParser()
        while true {
            let bytes = try socket.receive()
            guard !bytes.isEmpty else {
                self.socket = nil
                guard parser.hasBegun else { return nil }
                return try parser.endOfInput()
            }
            if let response = try parser.consume(bytes) {
                if !response.keepsConnectionOpen { self.socket = nil }
                return response
            }
        }
    }
}
