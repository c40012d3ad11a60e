import NIOCore

/// What the dispatcher knows of an invocation.
protocol DispatchedWork: Identifiable, Sendable where ID == Int {
    /// Who caused it; see ``InvocationRequest/caller``.
    var caller: String? { get }
}

/// Invocations that wait for a process of one function.
///
/// Callers take turns, one invocation each; those of one caller stay in their order. A caller that sends more than the
/// processes can serve thus delays the others by one invocation at a time, and not by all that wait. Invocations without
/// a caller take their turns by arrival. On AWS there is no such queue: Lambda starts an environment for each invocation,
/// for which one machine has too few processors.
struct WaitingInvocations<Work: DispatchedWork>: Sendable {
    private enum Turn: Hashable {
        case caller(String)
        case single(Int)
    }

    /// Come before all others.
    private var returned = CircularBuffer<Work>()
    private var turns = CircularBuffer<Turn>()
    private var waiting: [Turn: CircularBuffer<Work>] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The lowest id, which is that of the invocation that arrived first.
    var oldest: Int? {
        let first = waiting.values.lazy.compactMap(\.first?.id).min()
        return [returned.first?.id, first].compactMap(\.self).min()
    }

    mutating func append(_ work: Work) {
        let turn = work.caller.map(Turn.caller) ?? .single(work.id)
        if waiting[turn]?.append(work) == nil {
            waiting[turn] = [work]
            turns.append(turn)
        }
        count += 1
    }

    /// Puts an invocation before all others, because it had its turn.
    mutating func prepend(_ work: Work) {
        returned.prepend(work)
        count += 1
    }

    mutating func popFirst() -> Work? {
        if let work = returned.popFirst() {
            count -= 1
            return work
        }
        guard let turn = turns.popFirst(), let work = waiting[turn]?.popFirst() else { return nil }
        if waiting[turn]?.isEmpty == true {
            waiting[turn] = nil
        } else {
            turns.append(turn)
        }
        count -= 1
        return work
    }

    /// Removes an invocation; false if it does not wait.
    mutating func remove(_ id: Int) -> Bool {
        if let index = returned.firstIndex(where: { $0.id == id }) {
            returned.remove(at: index)
        } else {
            let found = waiting.lazy.compactMap { turn, queue in
                queue.firstIndex { $0.id == id }.map { (turn, $0) }
            }
            guard let (turn, index) = found.first else { return false }
            waiting[turn]?.remove(at: index)
            if waiting[turn]?.isEmpty == true {
                waiting[turn] = nil
                turns.removeAll { $0 == turn }
            }
        }
        count -= 1
        return true
    }

    /// Removes and returns all.
    mutating func removeAll() -> [Work] {
        let all = Array(returned) + waiting.values.joined()
        self = Self()
        return all.sorted { $0.id < $1.id }
    }
}
