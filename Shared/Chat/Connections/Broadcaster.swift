public import ChatCore
public import Logging
public import RateLimits

/// What a function pushes after an action, and what it tells the connection that asked for it.
public struct Broadcast: Sendable {
    public var payload: [UInt8]
    public var recipients: [UserID]
    /// The connection whose message caused the push. It receives the push too if its user is a recipient.
    public var origin: AuthorizedConnection
    /// Is posted to the origin if the pushes take long.
    public var reply: [UInt8]
    public var endpoint: ManagementEndpoint
    /// What the user is charged for, in the round trip that finds the connections.
    public var action: LimitedAction

    public init(
        _ payload: [UInt8],
        to recipients: [UserID],
        from origin: AuthorizedConnection,
        reply: [UInt8],
        at endpoint: ManagementEndpoint,
        charging action: LimitedAction
    ) {
        self.payload = payload
        self.recipients = recipients
        self.origin = origin
        self.reply = reply
        self.endpoint = endpoint
        self.action = action
    }
}

/// Pushes to users over all of their connections.
///
/// A function returns its reply after all pushes, because nothing of it runs afterwards. Many or slow connections would
/// delay the reply, so it is posted to its connection like a push if there are many recipients, or if the pushes are not
/// done after ``patience``.
public struct Broadcaster: Sendable {
    /// How long a reply waits for the pushes.
    public static let patience = Duration.milliseconds(30)
    /// The number of recipients or connections from which the reply does not wait for the pushes at all. Its own post then
    /// is one of many.
    public static let largeAudience = 16

    private let map: ConnectionMap
    private let sender: any ConnectionSender
    private let limiter: RateLimiter
    private let refusals = RefusalCounter()
    private let sleep: @Sendable (Duration) async throws -> Void

    public init(
        map: ConnectionMap,
        sender: any ConnectionSender,
        limiter: RateLimiter,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.map = map
        self.sender = sender
        self.limiter = limiter
        self.sleep = sleep
    }

    /// The connection of a message; see ``ConnectionMap/connection(of:)``. Throws `rate_limited` if an earlier reply of
    /// Redis said that the user has to wait, and disconnects a client that keeps sending in spite of that.
    public func origin(
        of event: WebSocketEvent,
        at endpoint: ManagementEndpoint,
        charging action: LimitedAction
    ) async throws -> AuthorizedConnection {
        let origin = try await map.connection(of: event)
        do {
            try limiter.requireNotLimited(action, by: origin.user)
        } catch {
            if refusals.isTooMany(for: origin.user) { _ = await sender.close([origin.id], at: endpoint) }
            throw error
        }
        return origin
    }

    /// Carries out what precedes a push, and charges the user for the action if that fails.
    public func chargingFailures<Result: Sendable>(
        of action: LimitedAction,
        by origin: AuthorizedConnection,
        logger: Logger,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch {
            await charge(action, to: origin, logger: logger)
            throw error
        }
    }

    /// Charges the user for an action after which nothing is pushed.
    public func charge(_ action: LimitedAction, to origin: AuthorizedConnection, logger: Logger) async {
        do {
            let wait = try await map.enter(origin, charge: limiter.command(for: action, by: origin.user))
            limiter.record(wait, for: action, by: origin.user)
        } catch {
            logger.warning("A request was not charged", metadata: ["error": "\(error)"])
        }
    }

    /// Posts the payload to every connection of the recipients, and removes the connections that are gone from the map.
    /// Returns whether the reply was posted; otherwise the function has to return it.
    ///
    /// Never throws: the pushed change is stored already, and a client that missed the push fetches it later. Failures are
    /// logged without the payload.
    public func push(_ broadcast: Broadcast, logger: Logger) async -> Bool {
        await withTaskGroup(of: Bool?.self) { group in
            var repliesAtOnce = broadcast.recipients.count >= Self.largeAudience
            if repliesAtOnce { group.addTask { await reply(to: broadcast) } }
            guard let owners = await owners(broadcast, logger), !owners.isEmpty else {
                return await group.next()?.flatMap(\.self) ?? false
            }
            if !repliesAtOnce, owners.count >= Self.largeAudience {
                repliesAtOnce = true
                group.addTask { await reply(to: broadcast) }
            } else if !repliesAtOnce {
                group.addTask { await reply(to: broadcast, after: Self.patience) }
            }
            group.addTask {
                await push(broadcast, to: owners, logger: logger)
                return nil
            }
            var isReplied = false
            for await result in group {
                if let result {
                    isReplied = result
                } else if !repliesAtOnce {
                    // The pushes are done: the reply need not be posted if it still waits for them.
                    group.cancelAll()
                }
            }
            return isReplied
        }
    }

    private func reply(to broadcast: Broadcast, after pause: Duration) async -> Bool {
        do { try await sleep(pause) } catch { return false }
        return await reply(to: broadcast)
    }

    private func reply(to broadcast: Broadcast) async -> Bool {
        let connection = broadcast.origin.id
        return await sender.post(broadcast.reply, to: [connection], at: broadcast.endpoint)[connection] == .delivered
    }

    private func push(_ broadcast: Broadcast, to owners: [ConnectionID: UserID], logger: Logger) async {
        let deliveries = await sender.post(broadcast.payload, to: Array(owners.keys), at: broadcast.endpoint)

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

    /// The recipients' connections with their users; nil if they are not known.
    private func owners(_ broadcast: Broadcast, _ logger: Logger) async -> [ConnectionID: UserID]? {
        let origin = broadcast.origin
        do {
            let found = try await map.connections(
                of: broadcast.recipients,
                entering: origin,
                charge: limiter.command(for: broadcast.action, by: origin.user)
            )
            limiter.record(found.wait, for: broadcast.action, by: origin.user)
            var owners: [ConnectionID: UserID] = [:]
            for (user, connections) in found.connections {
                for connection in connections { owners[connection] = user }
            }
            return owners
        } catch {
            logger.error("Push failed: the connection map is not available", metadata: ["error": "\(error)"])
            return nil
        }
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
