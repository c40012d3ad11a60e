import Glibc

/// A connected, blocking TCP socket. The module's only user of the system's network calls.
final class BlockingSocket {
    private let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// - Parameter address: A host and a port: `127.0.0.1:9001`, `localhost:9001`, `[::1]:9001`.
    init(connectedTo address: String) throws(RuntimeAPIError) {
        guard let separator = address.lastIndex(of: ":") else {
            throw RuntimeAPIError(.unreachable, message: "'\(address)' is not a host and a port")
        }
        let host = address[..<separator].drop { $0 == "[" }.prefix { $0 != "]" }
        let port = address[address.index(after: separator)...]
        do {
            descriptor = try Self.connect(host: String(host), port: String(port))
        } catch {
            buffer.deallocate()
            throw error
        }
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    /// Sends all bytes. Returns false if the peer has closed the connection.
    func send(_ bytes: [UInt8]) throws(RuntimeAPIError) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor,
                    bytes.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count >= 0 {
                sent += count
            } else if errno == EPIPE || errno == ECONNRESET {
                return false
            } else if errno != EINTR {
                throw Self.error("send")
            }
        }
        return true
    }

    /// Waits for bytes. The returned buffer is valid until the next call, and empty at the end of the stream.
    func receive() throws(RuntimeAPIError) -> UnsafeRawBufferPointer {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
            if errno == ECONNRESET { return UnsafeRawBufferPointer(start: nil, count: 0) }
            guard errno == EINTR else { throw Self.error("recv") }
        }
    }

    /// Waits until there is something to receive. SIGTERM ends the process only here, where no invocation is in
    /// progress.
    func waitForBytesOrTermination() {
        var signals = Termination.signalsBlockedWhileIdle
        // The kernel accepts a set of any size, whereas `fd_set` ends at descriptor 1023.
        let size = max(MemoryLayout<fd_set>.size, (Int(descriptor) / 64 + 1) * 8)
        let descriptors = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { descriptors.deallocate() }
        let set = descriptors.baseAddress?.bindMemory(to: fd_set.self, capacity: 1)
        while true {
            descriptors.initializeMemory(as: UInt8.self, repeating: 0)
            descriptors[Int(descriptor) / 8] = 1 << (descriptor % 8)
            // `pselect` unblocks the signal and waits in one step, so an event that has already arrived is not lost.
            let count = pselect(descriptor + 1, set, nil, nil, nil, &signals)
            if count >= 0 || errno != EINTR { return }
        }
    }

    private static func connect(host: String, port: String) throws(RuntimeAPIError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var addresses: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, port, &hints, &addresses)
        guard status == 0 else {
            throw RuntimeAPIError(.unreachable, message: "\(host): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(addresses) }

        var next = addresses
        while let address = next?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw error("socket") }
            if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
                var enabled: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
                return descriptor
            }
            next = address.ai_next
            if next == nil {
                let error = error("connect")
                close(descriptor)
                throw error
            }
            close(descriptor)
        }
        throw RuntimeAPIError(.unreachable, message: "\(host) has no address")
    }

    private static func error(_ call: String) -> RuntimeAPIError {
        RuntimeAPIError(.unreachable, message: "\(call): \(String(cString: strerror(errno)))")
    }
}
