import Activity
import EmulatorCore
import GatewayCore
import HTTPListener
import NIOCore
import SAMTemplate

extension WebSocketGateway {
    /// How many messages of one connection are processed at a time. Further ones wait in the client's socket: a client
    /// that sends without limit would otherwise fill the memory, and keep the functions from the others. AWS documents no
    /// such number; its limits are those of the account.
    static let messagesAtATime = 32
    /// How many bytes of messages of one connection are processed at a time, unless one message alone has more. Events,
    /// responses and records take several times as much.
    static let bytesAtATime = 262_144
    /// Messages from this size on, in bytes, wait for their share of ``largeMessages``; ordinary ones do not.
    static let largeMessage = 16_384

    /// How long a throttled message waits for its error. Answering at once would let a flood use a processor.
    static let throttlingDelay = Duration.milliseconds(250)

    /// Runs a connection until it ends, then `$disconnect`.
    func serve(_ connection: WebSocketConnection, on session: WebSocketSession) async {
        connection.open(session)
        await withTaskGroup(of: Int.self) { group in
            // As on AWS, the messages of one connection are processed concurrently.
            var (running, runningBytes) = (0, 0)
            let closure = await session.messages { text in
                connection.touch()
                recorder.moved(connection.id, in: 1, at: connection.lastActiveAt.milliseconds)
                let size = text.readableBytes
                while running == Self.messagesAtATime || running > 0 && runningBytes + size > Self.bytesAtATime {
                    runningBytes -= await group.next() ?? 0
                    running -= 1
                }
                running += 1
                runningBytes += size
                let isLarge = size >= Self.largeMessage
                if isLarge { await largeMessages.take(size) }
                group.addTask {
                    await self.dispatch(text, from: connection)
                    if isLarge { self.largeMessages.giveBack(size) }
                    return size
                }
            }
            await disconnected(connection, closure)
        }
    }

    func disconnected(_ connection: WebSocketConnection, _ closure: WebSocketClosure) async {
        registry.remove(connection.id)
        recorder.closed(connection.id, code: closure.code, reason: closure.reason)
        guard let route = routes["$disconnect"] else { return }
        let event = events.disconnect(connection, closure: closure, requestID: GatewayIdentifier.request())
        _ = await integrations.run(route, event, for: connection)
    }

    private func dispatch(_ text: ByteBuffer, from connection: WebSocketConnection) async {
        let requestID = GatewayIdentifier.request()
        func fail(_ message: String) { reply(connection.errorMessage(message, requestID: requestID), to: connection) }
        guard let route = route(for: text) else { return fail("Forbidden") }
        guard throttle.admits(route.key) else {
            // Counts as being processed, so that a client which keeps sending has to wait.
            try? await Task.sleep(for: Self.throttlingDelay)
            return fail("Too Many Requests")
        }
        let event = events.message(text, on: connection, route: route.key, requestID: requestID)
        switch await integrations.run(route, event, for: connection) {
        case .response(let response):
            if route.returnsResponse, let body = response.textBody, body.readableBytes > 0 {
                reply(body, to: connection)
            }
        case .mock: break
        case .timedOut: fail("Endpoint request timed out")
        case .failed: fail("Internal server error")
        }
    }

    private func route(for text: ByteBuffer) -> WebSocketAPI.Route? {
        // A message cannot select `$connect` or `$disconnect`.
        let key = selection.key(for: text).flatMap { $0.hasPrefix("$") && $0 != "$default" ? nil : $0 }
        return key.flatMap { routes[$0] } ?? routes["$default"]
    }

    private func reply(_ text: ByteBuffer, to connection: WebSocketConnection) {
        switch connection.send(text) {
        case .sent: recorder.moved(connection.id, out: 1, at: connection.lastActiveAt.milliseconds)
        case .full: connection.close(code: 1008, reason: "The client reads its messages too slowly")
        case .closed: break
        }
    }
}
