import Glibc

/// Listens on a port of 127.0.0.1 that the kernel chooses. The kernel completes connections, but nothing accepts them.
final class TestListener: Sendable {
    struct Failure: Error { var code: Int32 }

    let port: UInt16
    let descriptor: Int32

    init() throws(Failure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { throw Failure(code: errno) }
    }

    /// Stops listening. Also ends an `accept` in another thread.
    func stop() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { _ = close(descriptor) }
}
