import NIOCore

/// The time until the last connection of a group has read a message.
enum FanOut {
    static func measure(_ plan: Plan, _ chat: ChatServer, _ report: inout Report) async throws {
        let size = plan.groups.max()!
        var users: [ChatUser] = []
        for number in 0..<size { users.append(try await chat.user("fan-\(number)")) }

        let connections = try await connect(users, to: chat, plan, &report)
        var conversations: [Int: String] = [:]
        for size in plan.groups {
            conversations[size] = try await chat.createConversation(users[0], with: Array(users[1..<size]))
        }

        var times: [Int: [TimeAmount]] = [:]
        var shares: [Int: [ProcessorShare]] = [:]
        for run in 0...plan.loads * 2 {
            report.progress("Fan-out, \(run) of \(plan.loads * 2)")
            for size in plan.groups {
                let processors = try ProcessorTime.now()
                let id = "fan-\(run)"
                let sent = connections[0].send(id, to: conversations[size]!)
                // Also waits for the reply, so that the function is free for the next message.
                var last = try await connections[0].receive([.newMessage, .messageSent], of: id)[.newMessage]!
                for connection in connections[1..<size] {
                    last = max(last, try await connection.delivery(of: id))
                }
                // The first run warms up.
                if run == 0 { continue }
                times[size, default: []].append(last - sent)
                shares[size, default: []].append(try ProcessorTime.now().share(since: processors))
            }
        }
        for size in plan.groups {
            let time = (times[size] ?? []).median
            report.add(
                .init(
                    what: "fan-out to \(size) connections, to the last",
                    measured: "\(format(time)), \(format(rate: Double(size) / time.seconds)) of @connections",
                    target: size == 1000 ? "≤ 120 ms" : "",
                    isMet: size == 1000 ? time <= .milliseconds(120) : nil,
                    share: .average(of: shares[size] ?? [])
                )
            )
        }
        for connection in connections { await connection.socket.close() }
    }

    /// Connects all users, in as many parts as the plan has loads, 16 at a time.
    private static func connect(
        _ users: [ChatUser],
        to chat: ChatServer,
        _ plan: Plan,
        _ report: inout Report
    ) async throws -> [ChatConnection] {
        var connections: [ChatConnection] = []
        var rates: [Double] = []
        var shares: [ProcessorShare] = []
        let part = users.count / plan.loads
        for load in 0..<plan.loads {
            report.progress("Connecting, load \(load + 1) of \(plan.loads)")
            let processors = try ProcessorTime.now()
            let start = NIODeadline.now()
            connections += try await concurrently(users[load * part..<(load + 1) * part], limit: 16) {
                try await chat.connect($0)
            }
            rates.append(Double(part) / (NIODeadline.now() - start).seconds)
            shares.append(try ProcessorTime.now().share(since: processors))
        }
        report.add(
            .init(
                what: "connecting, 16 at a time, with Authorize and Connect",
                measured: format(rate: rates.median),
                target: "≥ 500/s",
                isMet: rates.median >= 500,
                share: .average(of: shares)
            )
        )
        return connections
    }
}

/// The results are in the order of the elements.
func concurrently<Element: Sendable, Result: Sendable>(
    _ elements: some Collection<Element>,
    limit: Int,
    _ body: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [(Int, Result)] = []
        for (index, element) in elements.enumerated() {
            if index >= limit, let result = try await group.next() { results.append(result) }
            group.addTask { (index, try await body(element)) }
        }
        for try await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
