import NIOCore

/// Two users of a direct conversation.
struct Pair: Sendable {
    var conversation: String
    var sender: ChatConnection
    var recipient: ChatConnection

    init(_ name: String, on chat: ChatServer) async throws {
        let (sender, recipient) = (try await chat.user("\(name)-sender"), try await chat.user("\(name)-recipient"))
        conversation = try await chat.createConversation(sender, with: [recipient])
        self.sender = try await chat.connect(sender)
        self.recipient = try await chat.connect(recipient)
    }

    /// Sends a message and waits until it is acknowledged and delivered. Returns the time from writing `send-message` to
    /// reading the recipient's `new-message`.
    func exchange(_ id: String) async throws -> TimeAmount {
        let sent = sender.send(id, to: conversation)
        _ = try await sender.receive([.messageSent], of: id)
        return try await recipient.delivery(of: id) - sent
    }

    func exchange(until deadline: NIODeadline, load: String) async throws -> [TimeAmount] {
        var times: [TimeAmount] = []
        while .now() < deadline {
            times.append(try await exchange("\(load)-\(times.count)"))
        }
        return times
    }
}

/// Sends per second and the time until delivery, compared with the commits of pgbench with the smallest transaction.
struct Sends {
    private struct Load {
        var rate: Double
        var times: [TimeAmount]
        var transactions: Double
        var share: ProcessorShare
    }

    private static let senders = [1, 16, 64]
    private let plan: Plan
    private let database: Postgres
    private var pairs: [Pair] = []
    private var loads: [Int: [Load]] = [:]
    private var floor: [Int: [Double]] = [:]

    static func measure(_ plan: Plan, _ chat: ChatServer, _ database: Postgres, _ report: inout Report) async throws {
        var sends = Sends(plan: plan, database: database)
        try await database.run("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content text)")
        for number in 0..<senders.max()! { sends.pairs.append(try await Pair("pair-\(number)", on: chat)) }
        for count in senders { _ = try await sends.load(count, run: 0) }
        for run in 1...plan.loads {
            report.progress("Sends, load \(run) of \(plan.loads)")
            for clients in [1, 16] {
                let rate = try await database.bench(
                    "INSERT INTO floor (content) VALUES ('A message of about the usual size');",
                    clients: clients,
                    seconds: plan.seconds
                )
                sends.floor[clients, default: []].append(rate)
            }
            for count in senders {
                sends.loads[count, default: []].append(try await sends.load(count, run: run))
            }
        }
        sends.report(in: &report)
        for pair in sends.pairs {
            await pair.sender.socket.close()
            await pair.recipient.socket.close()
        }
    }

    private init(plan: Plan, database: Postgres) {
        self.plan = plan
        self.database = database
    }

    private func load(_ count: Int, run: Int) async throws -> Load {
        let transactions = try await database.transactions()
        let processors = try ProcessorTime.now()
        let start = NIODeadline.now()
        let times = try await withThrowingTaskGroup(of: [TimeAmount].self) { group in
            for pair in pairs.prefix(count) {
                group.addTask {
                    try await pair.exchange(until: start + .seconds(Int64(plan.seconds)), load: "\(run)-\(count)")
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = NIODeadline.now() - start
        let share = try ProcessorTime.now().share(since: processors)
        return Load(
            rate: Double(times.count) / elapsed.seconds,
            times: times,
            transactions: Double(try await database.transactions() - transactions) / Double(times.count),
            share: share
        )
    }

    private func report(in report: inout Report) {
        for count in Self.senders {
            let loads = loads[count] ?? []
            let rate = loads.map(\.rate).median
            let p50 = loads.map { $0.times.percentile(0.5) }.median
            let p99 = loads.map { $0.times.percentile(0.99) }.median
            let clients = min(count, 16)
            let floor = (floor[clients] ?? []).median
            report.add(
                .init(
                    what: "send to new-message, \(count) \(count == 1 ? "sender" : "senders")",
                    measured: "\(format(rate: rate)), p50 \(format(p50)), p99 \(format(p99)), "
                        + "commits per send \(format(ratio: loads.map(\.transactions).median))",
                    baseline: "pgbench with \(clients): \(format(rate: floor)), ratio \(format(ratio: rate / floor))",
                    target: count == 1 ? "p50 ≤ 3 ms" : "≥ 1500/s",
                    isMet: count == 1 ? p50 <= .milliseconds(3) : rate >= 1500,
                    share: .average(of: loads.map(\.share))
                )
            )
        }
        for clients in [1, 16] {
            report.add(
                .init(
                    what: "floor: pgbench, one-row inserts, \(clients) \(clients == 1 ? "client" : "clients")",
                    measured: format(rate: (floor[clients] ?? []).median),
                    limit: "fsync and, with several, the processors"
                )
            )
        }
    }
}
