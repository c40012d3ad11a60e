import NIOCore

/// Decides which process gets which invocation, and when to start or stop one: the host's state, without I/O.
///
/// A process takes one invocation at a time. The one that was busy last is used first, so that the others grow idle
/// and can go. When all are busy invocations wait in line, and whichever process comes free first serves them; more
/// are started, though only a few at a time, since on a small machine a crowd of starting processes delays the very
/// ones that would have served the line.
struct Dispatcher<Process: Sendable, Work: Identifiable & Sendable>: Sendable where Work.ID == Int {
    /// What the host has to do after a change.
    struct Decision: Sendable {
        /// A process to start, for which `processID` is reserved.
        struct Start: Sendable {
            var function: Int
            var processID: Int
            var version: ExecutableVersion?
        }

        /// The invocation exceeds the function's reserved concurrency.
        var isThrottled = false
        var delivery: (work: Work, processID: Int, process: Process)?
        var starts: [Start] = []
        /// Processes that have nothing to do and are to be stopped.
        var retired: [Process] = []
        /// Functions whose line is to be looked at again in a moment, with ``recheck(_:)``.
        var rechecks: [Int] = []
    }

    private enum Phase { case starting, idle, busy, finishing }

    private struct Entry {
        var function: Int
        var version: ExecutableVersion?
        var phase: Phase
        var process: Process?
    }

    private struct Pool {
        var reservedConcurrency: Int?
        var version: ExecutableVersion?
        var line = CircularBuffer<Work>()
        /// Process ids and when they became idle, the longest idle first.
        var idle: [(processID: Int, since: NIODeadline)] = []
        /// Invocations that are admitted and not yet answered.
        var inFlight = 0
        var processes = 0
        var starting = 0
        /// Processes that have answered and not yet asked for more.
        var finishing = 0
        var awaitsRecheck = false
    }

    private let maximumProcesses: Int
    private let startsAtOnce: Int
    private var pools: [Pool]
    private var entries: [Int: Entry] = [:]
    /// Functions with a line that the limit on processes keeps from starting one, in order.
    private var blocked = CircularBuffer<Int>()
    private var lastProcessID = 0
    private(set) var isStopping = false

    /// - Parameters:
    ///   - reservedConcurrency: One entry a function; nil where none is reserved.
    ///   - startsAtOnce: How many processes of a function may be starting at a time.
    init(reservedConcurrency: [Int?], maximumProcesses: Int, startsAtOnce: Int) {
        self.maximumProcesses = max(1, maximumProcesses)
        self.startsAtOnce = max(1, startsAtOnce)
        pools = reservedConcurrency.map { Pool(reservedConcurrency: $0) }
    }

    // MARK: Invocations

    /// Takes an invocation.
    ///
    /// - Parameter version: The executable as it is now; nil if there is none, when warm processes go on.
    mutating func admit(_ work: Work, to function: Int, version: ExecutableVersion?) -> Decision {
        var decision = Decision()
        if let limit = pools[function].reservedConcurrency, pools[function].inFlight >= limit {
            decision.isThrottled = true
            return decision
        }
        pools[function].inFlight += 1
        if let version, version != pools[function].version {
            pools[function].version = version
            retireOutdated(of: function, &decision)
        }
        if pools[function].line.isEmpty, let (processID, _) = pools[function].idle.popLast() {
            deliver(work, to: processID, &decision)
        } else {
            pools[function].line.append(work)
            plan(function, &decision)
        }
        return decision
    }

    /// Takes back an invocation whose process went before it got to know of it; it stands first in line again.
    mutating func readmit(_ work: Work, to function: Int) -> Decision {
        var decision = Decision()
        if let (processID, _) = pools[function].idle.popLast() {
            deliver(work, to: processID, &decision)
        } else {
            pools[function].line.prepend(work)
            plan(function, &decision)
        }
        return decision
    }

    /// Takes an invocation out of the line; false if it stands there no more.
    mutating func giveUp(_ id: Int, of function: Int) -> Bool {
        guard let index = pools[function].line.firstIndex(where: { $0.id == id }) else { return false }
        pools[function].line.remove(at: index)
        pools[function].inFlight -= 1
        return true
    }

    /// Looks at a line again after a moment: whoever still waits now needs another process.
    mutating func recheck(_ function: Int) -> Decision {
        var decision = Decision()
        pools[function].awaitsRecheck = false
        plan(function, isUrgent: true, &decision)
        return decision
    }

    // MARK: Processes

    /// Keeps what the host needs to reach a process that it starts; false if nobody wants it any more.
    mutating func attach(_ process: Process, as processID: Int) -> Bool {
        guard entries[processID] != nil else { return false }
        entries[processID]?.process = process
        return true
    }

    /// The process asked for an event, for the first time or after an answer.
    mutating func ready(_ processID: Int, at time: NIODeadline) -> Decision {
        var decision = Decision()
        guard let entry = entries[processID] else { return decision }
        leave(entry.phase, of: entry.function)
        if entry.version != pools[entry.function].version {
            retire(processID, &decision)
            plan(entry.function, &decision)
        } else if let starved = starved(besides: entry.function) {
            retire(processID, &decision)
            unblock(starved, &decision)
            plan(entry.function, &decision)
        } else if let work = pools[entry.function].line.popFirst() {
            deliver(work, to: processID, &decision)
        } else {
            entries[processID]?.phase = .idle
            pools[entry.function].idle.append((processID, time))
        }
        return decision
    }

    /// The process answered, or an answer was given for it; it may still be at work.
    mutating func answered(_ processID: Int) {
        guard let entry = entries[processID], entry.phase == .busy else { return }
        entries[processID]?.phase = .finishing
        pools[entry.function].finishing += 1
        pools[entry.function].inFlight -= 1
    }

    /// The process never came to ask for an event; the first in line, if anyone is, has to bear it.
    mutating func failedToStart(_ processID: Int) -> (victim: Work?, decision: Decision) {
        var decision = Decision()
        guard let entry = entries[processID], entry.phase == .starting else { return (nil, decision) }
        remove(processID)
        let victim = pools[entry.function].line.popFirst()
        if victim != nil { pools[entry.function].inFlight -= 1 }
        plan(entry.function, &decision)
        unblock(&decision)
        return (victim, decision)
    }

    /// The process is gone or about to go.
    ///
    /// - Parameter undelivered: The invocation it should have had, if it did not get it.
    mutating func ended(_ processID: Int, undelivered: Work? = nil) -> Decision {
        var decision = Decision()
        guard let entry = entries[processID] else { return decision }
        remove(processID)
        if let undelivered {
            pools[entry.function].line.prepend(undelivered)
        } else if entry.phase == .busy {
            pools[entry.function].inFlight -= 1
        }
        plan(entry.function, &decision)
        unblock(&decision)
        return decision
    }

    /// Takes out processes that have been idle since before a point in time.
    mutating func retireIdle(since limit: NIODeadline) -> [Process] {
        var decision = Decision()
        for function in pools.indices {
            while let first = pools[function].idle.first, first.since < limit {
                pools[function].idle.removeFirst()
                retire(first.processID, &decision)
            }
        }
        return decision.retired
    }

    /// Ends it all: gives who waits and what runs.
    mutating func stop() -> (waiting: [Work], processes: [Process]) {
        isStopping = true
        let waiting = pools.flatMap(\.line)
        for function in pools.indices {
            pools[function].inFlight -= pools[function].line.count
            pools[function].line.removeAll()
            pools[function].idle.removeAll()
        }
        let processes = entries.values.compactMap(\.process)
        entries.removeAll()
        return (waiting, processes)
    }

    // MARK: Steps

    private mutating func deliver(_ work: Work, to processID: Int, _ decision: inout Decision) {
        guard let process = entries[processID]?.process else {
            preconditionFailure("a process without a handle cannot have asked for an event")
        }
        entries[processID]?.phase = .busy
        decision.delivery = (work, processID, process)
    }

    /// Starts processes for those who wait, as far as that is wise and allowed.
    private mutating func plan(_ function: Int, isUrgent: Bool = false, _ decision: inout Decision) {
        guard !isStopping else { return }
        let limit = pools[function].reservedConcurrency ?? .max
        while true {
            let pool = pools[function]
            let comingFree = pool.starting + (isUrgent ? 0 : pool.finishing)
            guard pool.line.count > comingFree, pool.starting < startsAtOnce, pool.processes < limit else { break }
            // A few processes start at once. For more of them somebody has to have waited: handlers are often done
            // sooner than a process has started.
            guard isUrgent || pool.processes < startsAtOnce else { break }
            guard makeRoom(&decision) else {
                if !blocked.contains(function) { blocked.append(function) }
                return
            }
            lastProcessID += 1
            entries[lastProcessID] = Entry(function: function, version: pool.version, phase: .starting)
            pools[function].processes += 1
            pools[function].starting += 1
            decision.starts.append(.init(function: function, processID: lastProcessID, version: pool.version))
        }
        let pool = pools[function]
        if pool.line.count > pool.starting, !pool.awaitsRecheck, pool.processes < limit {
            pools[function].awaitsRecheck = true
            decision.rechecks.append(function)
        }
    }

    /// Makes sure that one more process is within the limit, if need be at the cost of the one idle for longest.
    private mutating func makeRoom(_ decision: inout Decision) -> Bool {
        guard entries.count >= maximumProcesses else { return true }
        let idle = pools.indices.compactMap { index in pools[index].idle.first.map { (index, $0) } }
        guard let (function, oldest) = idle.min(by: { $0.1.since < $1.1.since }) else { return false }
        pools[function].idle.removeFirst()
        retire(oldest.processID, &decision)
        return true
    }

    /// A function that has no process at all, because of the limit, and somebody who waits for longer than anyone
    /// does for this one.
    private func starved(besides function: Int) -> Int? {
        let arrival = pools[function].line.first?.id ?? .max
        return blocked.first { pools[$0].processes == 0 && (pools[$0].line.first?.id ?? .max) < arrival }
    }

    private mutating func unblock(_ decision: inout Decision) {
        guard let function = blocked.first else { return }
        unblock(function, &decision)
    }

    private mutating func unblock(_ function: Int, _ decision: inout Decision) {
        blocked.removeAll { $0 == function }
        plan(function, isUrgent: true, &decision)
    }

    private mutating func retireOutdated(of function: Int, _ decision: inout Decision) {
        let idle = pools[function].idle
        pools[function].idle.removeAll()
        for (processID, since) in idle {
            if entries[processID]?.version == pools[function].version {
                pools[function].idle.append((processID, since))
            } else {
                retire(processID, &decision)
            }
        }
    }

    private mutating func retire(_ processID: Int, _ decision: inout Decision) {
        guard let entry = entries.removeValue(forKey: processID) else { return }
        pools[entry.function].processes -= 1
        if let process = entry.process { decision.retired.append(process) }
    }

    private mutating func remove(_ processID: Int) {
        guard let entry = entries.removeValue(forKey: processID) else { return }
        pools[entry.function].processes -= 1
        pools[entry.function].idle.removeAll { $0.processID == processID }
        leave(entry.phase, of: entry.function)
    }

    private mutating func leave(_ phase: Phase, of function: Int) {
        switch phase {
        case .starting: pools[function].starting -= 1
        case .finishing: pools[function].finishing -= 1
        case .idle, .busy: break
        }
    }
}
