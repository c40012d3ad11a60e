import BlockingIO

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The only owner of one connected, non-blocking socket.
struct NonBlockingSocket: ~Copyable {
    private let descriptor: Int32

    deinit {
        _ = close(descriptor)
    }

    // MARK: Connecting

    /// Connects to the first of the host's addresses that accepts. The deadline does not cover host name resolution.
    init(host: String, port: UInt16, until deadline: Deadline) throws(RedisError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = streamType
        var first: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, "\(port)", &hints, &first)
        guard status == 0 else {
            throw RedisError(.connectionFailed, message: "The host's name cannot be resolved (\(status)).")
        }
        defer { unsafe freeaddrinfo(first) }

        var failure = RedisError(.connectionFailed, message: "The host has no address.")
        var next = unsafe first
        while let address = unsafe next?.pointee {
            do throws(RedisError) {
                descriptor = try unsafe Self.connect(address.ai_family, address.ai_addr, address.ai_addrlen, deadline)
                disableDelay()
                return
            } catch {
                failure = error
            }
            unsafe next = address.ai_next
        }
        throw failure
    }

    /// Connects to a Unix domain socket.
    init(path: String, until deadline: Deadline) throws(RedisError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity, !path.utf8.contains(0) else {
            throw RedisError(.connectionFailed, message: "The socket's path is longer than \(capacity - 1) bytes.")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        var descriptor: Int32 = -1
        var failure: RedisError?
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                do throws(RedisError) {
                    descriptor = try unsafe Self.connect(AF_UNIX, pointer, length, deadline)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        self.descriptor = descriptor
    }

    private static func connect(
        _ family: Int32,
        _ address: UnsafePointer<sockaddr>,
        _ length: socklen_t,
        _ deadline: Deadline
    ) throws(RedisError) -> Int32 {
        let descriptor = socket(family, streamType, 0)
        guard descriptor >= 0 else { throw failed(errno) }
        var isConnected = false
        defer { if !isConnected { _ = close(descriptor) } }
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw failed(errno)
        }
        #if canImport(Darwin)
            var on: Int32 = 1
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif

        if unsafe systemConnect(descriptor, address, length) != 0 {
            guard errno == EINPROGRESS || errno == EINTR else { throw failed(errno) }
            guard !SocketEvents.writable.wait(on: descriptor, until: deadline).isEmpty else {
                throw RedisError(.timedOut, message: "The server did not accept the connection in time.")
            }
            var status: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &size)
            guard status == 0 else { throw failed(status) }
        }
        isConnected = true
        return descriptor
    }

    /// Disables Nagle's algorithm, which would delay the end of a pipeline until its beginning is acknowledged.
    private borrowing func disableDelay() {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
    }

    private static func failed(_ code: Int32) -> RedisError {
        RedisError(.connectionFailed, message: "Connecting failed: \(systemMessage(code)).")
    }

    // MARK: Bytes

    var isReadable: Bool {
        SocketEvents.readable.now(on: descriptor) == .readable
    }

    borrowing func send(_ bytes: [UInt8], until deadline: Deadline) throws(RedisError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe systemSend(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, noSignal)
            }
            if count >= 0 {
                sent += count
            } else {
                try waitAfterError(for: .writable, until: deadline)
            }
        }
    }

    /// Waits for some bytes and appends them.
    borrowing func receive(into buffer: inout [UInt8], until deadline: Deadline) throws(RedisError) {
        let chunkSize = 16 * 1024
        while true {
            var code: Int32 = 0
            var count = 0
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: chunkSize) { chunk, initializedCount in
                count = unsafe recv(descriptor, chunk.baseAddress, chunkSize, 0)
                code = errno
                initializedCount = max(0, count)
            }
            guard count <= 0 else {
                buffer += chunk
                return
            }
            guard count < 0 else {
                throw RedisError(.connectionLost, message: "The server closed the connection.")
            }
            errno = code
            try waitAfterError(for: .readable, until: deadline)
        }
    }

    private borrowing func waitAfterError(for events: SocketEvents, until deadline: Deadline) throws(RedisError) {
        let code = errno
        guard code != EINTR else { return }
        guard code == EAGAIN || code == EWOULDBLOCK else {
            throw RedisError(.connectionLost, message: "The connection broke: \(systemMessage(code)).")
        }
        guard !events.wait(on: descriptor, until: deadline).isEmpty else {
            throw RedisError(.timedOut, message: "The server did not answer in time.")
        }
    }
}

#if canImport(Glibc)
    private let streamType = Int32(SOCK_STREAM.rawValue)
#else
    private let streamType = SOCK_STREAM
#endif

#if canImport(Darwin)
    private let noSignal: Int32 = 0
#else
    private let noSignal = Int32(MSG_NOSIGNAL)
#endif

// Inside the type, these names refer to its own methods.
private let systemConnect = unsafe connect
private let systemSend = unsafe send

private func systemMessage(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
}
