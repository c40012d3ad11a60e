public import ChatCore
public import Logging

/// Pushes to users over all of their connections.
public struct Broadcaster: Sendable {
    private let map: ConnectionMap
    private let sender: any ConnectionSender

    public init(map: ConnectionMap, sender: any ConnectionSender) {
        self.map = map
        self.sender = sender
    }

    /// Posts the payload to every connection of the users, and removes the connections that are gone from the map.
    ///
    /// Never throws: the pushed change is stored already, and a client that missed the push fetches it later. Failures are
    /// logged without the payload.
    ///
    /// - Parameter origin: The connection whose message caused the push. Its entry is renewed in the same round trip. It
    ///   receives the push too if its user is one of the users.
    public func push(
        _ payload: [UInt8],
        to users: [UserID],
        from origin: (connection: ConnectionID, user: UserID)?,
        at endpoint: ManagementEndpoint,
        logger: Logger
    ) async {
        let owners: [ConnectionID: UserID]
        do {
            owners = try await connections(of: users, origin)
        } catch {
            logger.error("Push failed: the connection map is not available", metadata: ["error": "\(error)"])
            return
        }
        guard !owners.isEmpty else { return }

        let deliveries = await sender.post(payload, to: Array(owners.keys), at: endpoint)

        var gone: [ConnectionID: UserID] = [:]
        var failures: [String] = []
        for (connection, delivery) in deliveries {
            switch delivery {
            case .delivered: break
            case .gone: gone[connection] = owners[connection]
            case .failed(let reason): failures.append(reason)
            }
        }
        if let reason = failures.first {
            logger.warning(
                "Push to some connections failed",
                metadata: [
                    "push.failed": "\(failures.count)", "push.connections": "\(owners.count)",
                    "push.reason": "\(reason)",
                ]
            )
        }
        await remove(gone, logger)
    }

    private func connections(
        of users: [UserID],
        _ origin: (connection: ConnectionID, user: UserID)?
    ) async throws -> [ConnectionID: UserID] {
        var owners: [ConnectionID: UserID] = [:]
        for (user, connections) in try await map.connections(of: users, refreshing: origin) {
            for connection in connections { owners[connection] = user }
        }
        return owners
    }

    private func remove(_ gone: [ConnectionID: UserID], _ logger: Logger) async {
        guard !gone.isEmpty else { return }
        do {
            try await map.removeUnlessRecent(gone)
            logger.debug("Some connections are gone", metadata: ["push.gone": "\(gone.count)"])
        } catch {
            // The next push tries again.
            logger.warning("Connections that are gone could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
