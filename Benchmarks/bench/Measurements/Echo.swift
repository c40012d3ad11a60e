import NIOCore

/// The cost that LocalRuntime adds to a function that does nothing, compared with a bare WebSocket server's echo of the
/// same message plus one invocation of the same function without a gateway.
enum Echo {
    static func measure(
        _ plan: Plan,
        runtime: Address,
        bare: Address,
        on loop: any EventLoop,
        _ report: inout Report
    ) async throws {
        var echoes: [WebSocketClient] = []
        for _ in 0..<16 { echoes.append(try await .connect(to: runtime, path: "/live", on: loop)) }
        let bareEcho = try await WebSocketClient.connect(to: bare, path: "/", on: loop)

        var (single, floor, cycle): ([TimeAmount], [TimeAmount], [TimeAmount]) = ([], [], [])
        var rates: [Double] = []
        var shares: (single: [ProcessorShare], many: [ProcessorShare]) = ([], [])
        _ = try await load(echoes, seconds: 1)
        for run in 1...plan.loads {
            report.progress("Echo, load \(run) of \(plan.loads)")
            floor.append(try await load([bareEcho], seconds: 1).times.median)
            let numbers = try await output(
                of: ".build/floor/cycle",
                ["Benchmarks/floor/event.json", "5000", ".build/floor/bootstrap"]
            ).split(separator: " ")
            // The first three are about the start.
            guard numbers.count == 4, let warm = Int64(numbers[3]) else {
                throw Failure("floor/cycle printed no time.")
            }
            cycle.append(.nanoseconds(warm))
            let one = try await load([echoes[0]], seconds: plan.seconds)
            single.append(one.times.median)
            shares.single.append(one.share)
            let many = try await load(echoes, seconds: plan.seconds)
            rates.append(many.rate)
            shares.many.append(many.share)
        }
        let least = floor.median + cycle.median
        let ratio = single.median.milliseconds / least.milliseconds
        report.add(
            .init(
                what: "echo through LocalRuntime, 1 connection",
                measured: "p50 \(format(single.median))",
                baseline: "bare WebSocket \(format(floor.median)) + invocation \(format(cycle.median)), "
                    + "ratio \(format(ratio: ratio))",
                target: "ratio ≤ 3",
                isMet: ratio <= 3,
                share: .average(of: shares.single)
            )
        )
        report.add(
            .init(
                what: "echo through LocalRuntime, 16 connections",
                measured: format(rate: rates.median),
                target: "≥ 6000/s",
                isMet: rates.median >= 6000,
                share: .average(of: shares.many)
            )
        )
        for echo in echoes + [bareEcho] { await echo.close() }
    }

    private struct Load: Sendable {
        var times: [TimeAmount]
        var rate: Double
        var share: ProcessorShare
    }

    private static func load(_ clients: [WebSocketClient], seconds: Int) async throws -> Load {
        let processors = try ProcessorTime.now()
        let start = NIODeadline.now()
        let times = try await withThrowingTaskGroup(of: [TimeAmount].self) { group in
            for client in clients {
                group.addTask { try await echo(client, until: start + .seconds(Int64(seconds))) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Load(
            times: times,
            rate: Double(times.count) / (NIODeadline.now() - start).seconds,
            share: try ProcessorTime.now().share(since: processors)
        )
    }

    private static func echo(_ client: WebSocketClient, until deadline: NIODeadline) async throws -> [TimeAmount] {
        var times: [TimeAmount] = []
        while .now() < deadline {
            let text =
                #"{"action":"echo","text":"A message of the size that people send, about eighty characters.","number":"#
                + "\(times.count)}"
            let start = NIODeadline.now()
            client.send(text)
            let arrival = try await client.inbox.next()
            guard arrival.content == ByteBuffer(string: text) else {
                throw Failure("Sent \(text), received \(String(buffer: arrival.content))")
            }
            times.append(arrival.time - start)
        }
        return times
    }
}
