import HTTPListener
import Logging

extension HTTPListener {
    /// Listens on a free port of this machine while `body` runs, which receives the port.
    static func serving(
        _ responder: any RequestResponder,
        limits: Limits = Limits(),
        _ body: (Int) async throws -> Void
    ) async throws {
        let listener = try await bind(
            port: 0,
            limits: limits,
            policy: .anyTestHost,
            responder: responder,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.serve() }
            defer { group.cancelAll() }
            try await body(listener.port)
        }
    }
}
