import Foundation
import Synchronization

/// Accepts connections one at a time. Closes the first after it has received data; answers `PONG` on the others.
final class DroppingServer: Sendable {
    private let listener: TestListener
    private let accepted = Counter()

    var port: UInt16 { listener.port }
    var connections: Int { accepted.value.withLock { $0 } }

    init() throws {
        listener = try TestListener()
        // The thread retains the listener: a closed descriptor could be reused for another test's socket.
        Thread.detachNewThread { [listener, accepted] in
            var buffer = [UInt8](repeating: 0, count: 1024)
            while true {
                let connection = accept(listener.descriptor, nil, nil)
                guard connection >= 0 else { return }
                let isFirst = accepted.value.withLock { count in
                    count += 1
                    return count == 1
                }
                while recv(connection, &buffer, buffer.count, 0) > 0, !isFirst {
                    _ = send(connection, "+PONG\r\n", 7, Int32(MSG_NOSIGNAL))
                }
                close(connection)
            }
        }
    }

    deinit { listener.stop() }

    private final class Counter: Sendable {
        let value = Mutex(0)
    }
}
