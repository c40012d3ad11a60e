import Connections
import LambdaRuntime
import ManagementAPI
import RateLimits

/// Enters a new connection into the connection map. A failure refuses the handshake: without an entry, no push would
/// reach the connection.
///
/// If the user then has too many connections, the oldest are closed.
struct ConnectHandler: LambdaHandler {
    let connections: ConnectionMap
    let limiter: RateLimiter
    let sender: any ConnectionSender
    /// The number of connections that a user may have.
    var maximum = Self.defaultMaximum

    static let defaultMaximum = 32

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let connection = try event.authorizedConnection()
        // In a round trip of its own: a connection that is refused must not close another one.
        try await limiter.charge(.connect, to: connection.user, logger: context.logger)
        let removed = try await connections.enter(connection, maximum: maximum)
        await close(removed, of: event, logger: context.logger)
        return .ok
    }

    private func close(_ removed: [ConnectionID], of event: WebSocketEvent, logger: Logger) async {
        guard !removed.isEmpty else { return }
        for case .failed(let reason) in await sender.close(removed, at: ManagementEndpoint(of: event)).values {
            logger.warning("A connection in excess could not be closed", metadata: ["error": "\(reason)"])
            return
        }
    }
}

extension ConnectHandler {
    /// `CONNECTIONS_PER_USER`, a number of at least 1.
    static func maximum(environment: Environment) throws -> Int {
        guard let text = environment["CONNECTIONS_PER_USER"] else { return defaultMaximum }
        guard let number = Int(text), number > 0 else { throw InvalidMaximum(text: text) }
        return number
    }
}

/// `CONNECTIONS_PER_USER` is not a positive number.
struct InvalidMaximum: LambdaError, Hashable {
    let text: String

    var errorMessage: String { "CONNECTIONS_PER_USER: '\(text)' is not a number of at least 1." }
}
