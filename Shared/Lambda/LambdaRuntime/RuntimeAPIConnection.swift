import FoundationEssentials

/// One HTTP/1.1 connection, opened on first use. Requests and responses alternate.
final class RuntimeAPIConnection {
    private let address: String
    private var socket: BlockingSocket?

    /// - Parameter address: A host and a port: `127.0.0.1:9001`, `localhost:9001`, `[::1]:9001`.
    init(address: String) {
        self.address = address
    }

    /// Sends a request and waits for the complete response, without a time limit.
    ///
    /// If the peer has closed the connection since the last exchange, it is reopened once.
    /// - Parameter whileIdle: Whether no invocation is in progress, so that the process may end while it waits.
    func exchange(_ request: [UInt8], whileIdle: Bool) throws(RuntimeAPIError) -> RuntimeAPIResponse {
        if let socket {
            if let response = try attempt(request, over: socket, whileIdle: whileIdle) { return response }
            self.socket = nil
            do {
                self.socket = try BlockingSocket(connectedTo: address)
            } catch {
                throw whileIdle ? RuntimeAPIError(.closed, message: error.message) : error
            }
        } else {
            socket = try BlockingSocket(connectedTo: address)
        }
        guard let socket, let response = try attempt(request, over: socket, whileIdle: whileIdle) else {
            self.socket = nil
            throw RuntimeAPIError(whileIdle ? .closed : .unreachable, message: "the connection was closed")
        }
        return response
    }

    /// Returns nil if the connection was closed before the first byte of a response.
    private func attempt(
        _ request: [UInt8],
        over socket: BlockingSocket,
        whileIdle: Bool
    ) throws(RuntimeAPIError) -> RuntimeAPIResponse? {
        guard try socket.send(request) else { return nil }
        if whileIdle { socket.waitForBytesOrTermination() }
        var parser = RuntimeAPIResponseParser()
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
