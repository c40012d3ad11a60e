import CLibPQ

/// The only owner of one `PGcancel`.
@safe final class CancellationHandle: @unchecked Sendable {
    // libpq documents `PQcancel` as thread-safe: it only reads values that were copied when this object was created.
    private let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = unsafe PQgetCancel(connection) else { return nil }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQfreeCancel(pointer)
    }

    func send() {
        // A failure needs no handling: the caller then times out waiting for the statement.
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(pointer, &message, Int32(message.count))
    }
}
