import Foundation

/// Processor time used so far, by each kind of process that this run started and by the whole machine.
struct ProcessorTime {
    enum Kind: String, CaseIterable {
        case functions, runtime = "LocalRuntime", postgres, redis, client
        /// Other programs on this machine.
        case others
    }

    /// By process, so that a process that has ended does not make a difference negative.
    private var processes: [Int32: (kind: Kind, seconds: Double)] = [:]
    private var idle = 0.0
    private var total = 0.0

    static func now() throws -> ProcessorTime {
        var time = ProcessorTime()
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))

        let machine = try String(contentsOfFile: "/proc/stat", encoding: .utf8).prefix { $0 != "\n" }
            .split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        time.total = machine.reduce(0, +) / ticks
        time.idle = (machine[3] + machine[4]) / ticks

        let processes = Process.all()
        // The parent started Postgres and Redis.
        var ours: Set<Int32> = [getppid()]
        var found = -1
        while found != ours.count {
            found = ours.count
            for process in processes where ours.contains(process.parent) { ours.insert(process.id) }
        }
        for process in processes where ours.contains(process.id) {
            time.processes[process.id] = (process.kind, process.ticks / ticks)
        }
        return time
    }

    /// The time used since `start`, as shares of all processors.
    func share(since start: ProcessorTime) -> ProcessorShare {
        let total = max(self.total - start.total, 0.001)
        var shares: [Kind: Double] = [:]
        for (id, process) in processes {
            shares[process.kind, default: 0] += (process.seconds - (start.processes[id]?.seconds ?? 0)) / total
        }
        let idle = (self.idle - start.idle) / total
        shares[.others] = max(0, 1 - idle - shares.values.reduce(0, +))
        return ProcessorShare(shares: shares, idle: idle)
    }
}

struct ProcessorShare {
    var shares: [ProcessorTime.Kind: Double]
    var idle: Double

    static func average(of all: [ProcessorShare]) -> ProcessorShare {
        let count = Double(max(all.count, 1))
        return ProcessorShare(
            shares: all.map(\.shares).reduce(into: [:]) { sum, shares in
                for (kind, share) in shares { sum[kind, default: 0] += share / count }
            },
            idle: all.map(\.idle).reduce(0, +) / count
        )
    }

    /// What limits a load: the processors if they are busy, and otherwise waiting for the disk or for other processes.
    var limit: String {
        let parts = shares.sorted { $0.value > $1.value }.filter { $0.value >= 0.01 }
            .map { "\($0.key.rawValue) \(percent($0.value))" }
        let all = (parts + ["idle \(percent(idle))"]).joined(separator: ", ")
        return (idle < 0.15 ? "processors: " : "waiting: ") + all
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

private struct Process {
    var id: Int32
    var parent: Int32
    var kind: ProcessorTime.Kind
    var ticks: Double

    static func all() -> [Process] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.compactMap(Process.init)
    }

    init?(id: Int32) {
        // pid (name) state parent …; the name may contain any character.
        guard let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let opening = line.firstIndex(of: "("), let closing = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[closing...].split(separator: " ")
        guard fields.count > 13, let parent = Int32(fields[2]), let user = Double(fields[12]),
            let system = Double(fields[13])
        else { return nil }
        self.id = id
        self.parent = parent
        ticks = user + system
        kind =
            switch line[line.index(after: opening)..<closing] {
            case "postgres", "pgbench", "psql": .postgres
            case "redis-server": .redis
            case "LocalRuntime": .runtime
            case "bench": .client
            default: .functions
            }
    }
}
