#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The readiness of a socket.
public struct SocketEvents: OptionSet, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    public static let readable = SocketEvents(rawValue: Int16(POLLIN))
    public static let writable = SocketEvents(rawValue: Int16(POLLOUT))

    /// Blocks until the socket is ready for at least one of these events, and returns those. Returns an empty set if
    /// the deadline passes first.
    ///
    /// A socket that has failed or was closed by the peer counts as ready for all of them: the next read or write
    /// reports the error.
    public func wait(on descriptor: Int32, until deadline: Deadline) -> SocketEvents {
        while true {
            var request = pollfd(fd: descriptor, events: rawValue, revents: 0)
            let timeout = Int32(clamping: deadline.remaining.milliseconds)
            switch unsafe poll(&request, 1, timeout) {
            case 0 where timeout == 0 || deadline.hasPassed: return []
            case 0: continue
            case -1 where errno == EINTR: continue
            case -1: return self
            default:
                let failed = request.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
                return failed ? self : SocketEvents(rawValue: request.revents).intersection(self)
            }
        }
    }

    /// The events that the socket is ready for now.
    public func now(on descriptor: Int32) -> SocketEvents {
        wait(on: descriptor, until: Deadline(after: .zero))
    }
}

/// Blocks the calling thread. Call it only from a ``BlockingExecutor``'s thread.
public func pause(for duration: Duration) {
    _ = poll(nil, 0, Int32(clamping: duration.milliseconds))
}
