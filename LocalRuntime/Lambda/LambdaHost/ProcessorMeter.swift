import Glibc
import Synchronization

/// Tells whether more function processes would be of use: the machine's processors have time left, and so have the
/// event loops of this process, through which every invocation passes.
final class ProcessorMeter: Sendable {
    /// The kernel counts in hundredths of a second for each processor.
    private static let interval = Duration.milliseconds(100)

    private struct State {
        var time: ContinuousClock.Instant
        var machine: ProcessorTimes?
        var own: Duration
        var hasIdleTime = true
    }

    private let state: Mutex<State>
    private let eventLoops: Int
    private let machine: @Sendable () -> ProcessorTimes?
    private let own: @Sendable () -> Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - eventLoops: How many threads of this process can work at a time.
    ///   - machine: The processors' times so far; nil if the system does not tell them.
    ///   - own: The processor time that this process has used.
    init(
        eventLoops: Int,
        machine: @escaping @Sendable () -> ProcessorTimes? = { .current },
        own: @escaping @Sendable () -> Duration = { .ownProcessorTime },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.eventLoops = max(1, eventLoops)
        self.machine = machine
        self.own = own
        self.now = now
        state = Mutex(State(time: now(), machine: machine(), own: own()))
    }

    /// Whether in the last moment at least a quarter of all processors' time was idle, as far as that is known, and a
    /// quarter of the event loops'.
    var hasIdleTime: Bool {
        state.withLock { state in
            let now = now()
            let elapsed = state.time.duration(to: now)
            guard elapsed >= Self.interval else { return state.hasIdleTime }
            let new = State(time: now, machine: machine(), own: own())
            state = State(
                time: new.time,
                machine: new.machine,
                own: new.own,
                hasIdleTime: Self.isMachineIdle(from: state.machine, to: new.machine)
                    && (new.own - state.own) * 4 <= elapsed * eventLoops * 3
            )
            return state.hasIdleTime
        }
    }

    private static func isMachineIdle(from old: ProcessorTimes?, to new: ProcessorTimes?) -> Bool {
        guard let old, let new else { return true }
        return (new.idle - old.idle) * 4 >= new.all - old.all
    }
}

extension Duration {
    /// The processor time that this process has used since it started.
    fileprivate static var ownProcessorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// The time that all processors together have spent since the machine started, in units of the kernel.
///
/// https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
struct ProcessorTimes: Sendable, Equatable {
    /// Nothing to do, or only waiting for disks.
    var idle: Int
    var all: Int
}

extension ProcessorTimes {
    static var current: ProcessorTimes? {
        KernelText.firstLine(of: "/proc/stat").flatMap(ProcessorTimes.init(statistics:))
    }

    /// Parses the first line of `/proc/stat`: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`.
    init?(statistics line: String) {
        let fields = line.split(whereSeparator: \.isWhitespace)
        // The times of guests are also in those of `user` and `nice`.
        let times = fields.dropFirst().prefix(8).compactMap { Int($0) }
        guard fields.first == "cpu", times.count >= 5 else { return nil }
        self.init(idle: times[3] + times[4], all: times.reduce(0, +))
    }
}
