public import ChatCore
public import Logging

/// Tells users something over every connection they have.
public struct Broadcaster: Sendable {
    private let map: ConnectionMap
    private let sender: any ConnectionSender

    public init(map: ConnectionMap, sender: any ConnectionSender) {
        self.map = map
        self.sender = sender
    }

    /// Posts the payload to every connection of every one of these users and forgets the connections that are gone.
    ///
    /// Never throws, because what is told has been stored by then, and who was not told finds it there. Failures are
    /// logged without content.
    /// - Parameter origin: the connection that caused it. It is noted as alive in the same round trip, and told like
    ///   any other if its user is among the users.
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
            logger.error("Nobody could be told: presence is unknown", metadata: ["error": "\(error)"])
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
                "Some connections could not be told",
                metadata: [
                    "push.failed": "\(failures.count)", "push.connections": "\(owners.count)",
                    "push.reason": "\(reason)",
                ]
            )
        }
        await forget(gone, logger)
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

    private func forget(_ gone: [ConnectionID: UserID], _ logger: Logger) async {
        guard !gone.isEmpty else { return }
        do {
            try await map.forget(gone)
            logger.debug("Some connections are gone", metadata: ["push.gone": "\(gone.count)"])
        } catch {
            // The next push finds them gone again.
            logger.warning("Connections that are gone could not be forgotten", metadata: ["error": "\(error)"])
        }
    }
}
