#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a socket is waited for, or found ready for.
public struct SocketEvents: OptionSet, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    public static let readable = SocketEvents(rawValue: Int16(POLLIN))
    public static let writable = SocketEvents(rawValue: Int16(POLLOUT))

    /// Blocks until the socket is ready for one of these events, and returns which; empty if the deadline passed
    /// first.
    ///
    /// A socket that has failed or was closed by the peer is reported ready for everything: the next read or write
    /// says what is wrong.
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

    /// Which of these events the socket is ready for, without waiting.
    public func now(on descriptor: Int32) -> SocketEvents {
        wait(on: descriptor, until: Deadline(after: .zero))
    }
}

/// Blocks the calling thread; for back-off on a ``BlockingExecutor``'s own thread only.
public func pause(for duration: Duration) {
    _ = poll(nil, 0, Int32(clamping: duration.milliseconds))
}
