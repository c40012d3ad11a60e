import NIOCore

/// Decides which process gets which invocation, and when processes start and stop: a state machine without I/O.
///
/// A process takes one invocation at a time. The process that became idle last is used first, so that surplus processes
/// reach the idle timeout. When all processes of a function are busy, its invocations wait in a queue for the first one
/// that is ready, where their callers take turns, and more processes are started. Only a few start at a time, and few
/// while all processors are busy: they would slow down the processes that serve the queue.
struct Dispatcher<Process: Sendable, Work: DispatchedWork>: Sendable {
    private enum Phase { case starting, idle, busy, finishing }

    private struct Entry {
        var function: Int
        var version: ExecutableVersion?
        var phase: Phase
        var process: Process?
    }

    /// The number of rechecks for which invocations wait on a busy machine although no process answers.
    static var patience: Int { 10 }

    private let maximumProcesses: Int
    private let startsAtOnce: Int
    private var pools: [Pool]
    private var entries: [Int: Entry] = [:]
    /// Functions with waiting invocations that cannot start a process because of `maximumProcesses`, in order.
    private var blocked = CircularBuffer<Int>()
    private var lastProcessID = 0
    private(set) var isStopping = false

    /// - Parameters:
    ///   - reservedConcurrency: One entry per function; nil where none is reserved.
    ///   - startsAtOnce: How many processes of a function may be starting at a time.
    init(reservedConcurrency: [Int?], maximumProcesses: Int, startsAtOnce: Int) {
        self.maximumProcesses = max(1, maximumProcesses)
        self.startsAtOnce = max(1, startsAtOnce)
        pools = reservedConcurrency.map { Pool(reservedConcurrency: $0) }
    }

    // MARK: Invocations

    /// Takes an invocation.
    ///
    /// - Parameter version: The executable as it is now. Nil if it does not exist; warm processes are still used then.
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
        if pools[function].queue.isEmpty, let (processID, _) = pools[function].idle.popLast() {
            deliver(work, to: processID, &decision)
        } else {
            pools[function].queue.append(work)
            plan(function, &decision)
        }
        return decision
    }

    /// Takes back an invocation whose process ended before it received the event. It becomes the first of the queue.
    ///
    /// The end of the process has been reported with ``ended(_:undelivered:)``, which counted it as failed.
    mutating func readmit(_ work: Work, to function: Int) -> Decision {
        var decision = Decision()
        pools[function].inFlight += 1
        if let (processID, _) = pools[function].idle.popLast() {
            deliver(work, to: processID, &decision)
        } else {
            pools[function].queue.prepend(work)
            plan(function, &decision)
        }
        return decision
    }

    /// Removes an invocation from the queue; false if it is no longer there.
    mutating func cancel(_ id: Int, of function: Int) -> Bool {
        guard pools[function].queue.remove(id) else { return false }
        pools[function].inFlight -= 1
        return true
    }

    /// Starts processes for the invocations that still wait after a moment.
    ///
    /// - Parameter hasIdleTime: Whether the machine's processors have time left. Otherwise further processes would only
    ///   slow down the others, so they start only if none has answered for some rechecks.
    mutating func recheck(_ function: Int, hasIdleTime: Bool) -> Decision {
        var decision = Decision()
        pools[function].awaitsRecheck = false
        pools[function].rechecksWithoutAnswer += 1
        let isUrgent = hasIdleTime || pools[function].rechecksWithoutAnswer >= Self.patience
        if isUrgent { pools[function].rechecksWithoutAnswer = 0 }
        plan(function, isUrgent: isUrgent, &decision)
        return decision
    }

    // MARK: Processes

    /// Stores the handle of a process before it starts; false if the process is no longer needed.
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
        } else if let starved = starved(otherThan: entry.function) {
            retire(processID, &decision)
            unblock(starved, &decision)
            plan(entry.function, &decision)
        } else if let work = pools[entry.function].queue.popFirst() {
            deliver(work, to: processID, &decision)
        } else {
            entries[processID]?.phase = .idle
            pools[entry.function].idle.append((processID, time))
        }
        return decision
    }

    /// The process answered its invocation; it has not asked for the next event yet.
    mutating func answered(_ processID: Int) {
        guard let entry = entries[processID], entry.phase == .busy else { return }
        entries[processID]?.phase = .finishing
        pools[entry.function].rechecksWithoutAnswer = 0
        pools[entry.function].finishing += 1
        pools[entry.function].inFlight -= 1
    }

    /// The process ended before it asked for an event. The first invocation of the queue is removed; it must fail.
    mutating func failedToStart(_ processID: Int) -> (victim: Work?, decision: Decision) {
        var decision = Decision()
        guard let entry = entries[processID], entry.phase == .starting else { return (nil, decision) }
        remove(processID)
        let victim = pools[entry.function].queue.popFirst()
        if victim != nil { pools[entry.function].inFlight -= 1 }
        plan(entry.function, &decision)
        unblock(&decision)
        return (victim, decision)
    }

    /// The process is gone or is being killed.
    ///
    /// - Parameter undelivered: Its invocation, if it has not received the event.
    mutating func ended(_ processID: Int, undelivered: Work? = nil) -> Decision {
        var decision = Decision()
        guard let entry = entries[processID] else { return decision }
        remove(processID)
        if let undelivered {
            pools[entry.function].queue.prepend(undelivered)
        } else if entry.phase == .busy {
            pools[entry.function].inFlight -= 1
        }
        plan(entry.function, &decision)
        unblock(&decision)
        return decision
    }

    /// Removes processes that have been idle since before a point in time.
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

    /// Removes and returns all waiting invocations and all processes.
    mutating func stop() -> (waiting: [Work], processes: [Process]) {
        isStopping = true
        var waiting: [Work] = []
        for function in pools.indices {
            pools[function].inFlight -= pools[function].queue.count
            waiting += pools[function].queue.removeAll()
            pools[function].idle.removeAll()
        }
        let processes = entries.values.compactMap(\.process)
        entries.removeAll()
        return (waiting, processes)
    }

    // MARK: Steps

    private mutating func deliver(_ work: Work, to processID: Int, _ decision: inout Decision) {
        guard let process = entries[processID]?.process else {
            preconditionFailure("a process asked for an event before it was attached")
        }
        entries[processID]?.phase = .busy
        decision.delivery = (work, processID, process)
    }

    /// Starts processes for waiting invocations, within the limits.
    private mutating func plan(_ function: Int, isUrgent: Bool = false, _ decision: inout Decision) {
        guard !isStopping else { return }
        let limit = pools[function].reservedConcurrency ?? .max
        while true {
            let pool = pools[function]
            let comingFree = pool.starting + (isUrgent ? 0 : pool.finishing)
            guard pool.queue.count > comingFree, pool.starting < startsAtOnce, pool.processes < limit else { break }
            // The first few processes start at once. Further ones start only if an invocation still waits at the next
            // recheck, because many handlers return sooner than a process starts.
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
        if pool.queue.count > pool.starting, !pool.awaitsRecheck, pool.processes < limit {
            pools[function].awaitsRecheck = true
            decision.rechecks.append(function)
        }
    }

    /// Makes room for one more process, if necessary by retiring the one that has been idle for longest.
    private mutating func makeRoom(_ decision: inout Decision) -> Bool {
        guard entries.count >= maximumProcesses else { return true }
        let idle = pools.indices.compactMap { index in pools[index].idle.first.map { (index, $0) } }
        guard let (function, oldest) = idle.min(by: { $0.1.since < $1.1.since }) else { return false }
        pools[function].idle.removeFirst()
        retire(oldest.processID, &decision)
        return true
    }

    /// A function that has no process because of `maximumProcesses`, and whose first invocation arrived before the
    /// first one of `function`.
    private func starved(otherThan function: Int) -> Int? {
        guard !blocked.isEmpty else { return nil }
        let arrival = pools[function].queue.oldest ?? .max
        return blocked.first { pools[$0].processes == 0 && (pools[$0].queue.oldest ?? .max) < arrival }
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
