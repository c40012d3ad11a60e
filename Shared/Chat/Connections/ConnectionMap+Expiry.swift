public import ChatCore
import Redis
import Synchronization

extension ConnectionMap {
    /// The connection of a message, if its user's token has not expired. Throws `unauthorized` if it has.
    ///
    /// Only if the token that opened the connection has expired is there a round trip, which asks whether `authenticate`
    /// has extended the connection since; the answer is remembered.
    public func connection(of event: WebSocketEvent) async throws -> AuthorizedConnection {
        var connection = try event.authorizedConnection()
        let time = time
        if connection.isValid(at: now()) { return connection }
        if let expiry = extensions.expiry(of: connection.id) {
            connection.expiry = expiry
            if connection.isValid(at: now()) { return connection }
        }
        let key = Self.validityKey(connection.user)
        let validUntil = try await store.send(SortedSetScore(key: key, member: connection.id.rawValue))
        guard let validUntil, validUntil > time else { throw ChatError.tokenExpired }
        connection.expiry = validUntil / 1000 - AuthorizedConnection.leeway
        extensions.remember(connection, at: time / 1000)
        return connection
    }
}

/// The expiries of connections that `authenticate` extended, as far as this process has asked for them. They only grow.
final class KnownExtensions: Sendable {
    private static let maximumCount = 10_000
    private let expiries = Mutex<[ConnectionID: Int64]>([:])

    func expiry(of connection: ConnectionID) -> Int64? {
        expiries.withLock { $0[connection] }
    }

    func remember(_ connection: AuthorizedConnection, at seconds: Int64) {
        expiries.withLock { expiries in
            if expiries.count >= Self.maximumCount { expiries = expiries.filter { $0.value > seconds } }
            guard expiries.count < Self.maximumCount else { return }
            expiries[connection.id] = connection.expiry
        }
    }
}
