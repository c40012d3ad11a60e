import Glibc
import Synchronization

/// Tells whether the machine's processors have time left.
final class ProcessorMeter: Sendable {
    /// The kernel counts in hundredths of a second for each processor.
    private static let interval = Duration.milliseconds(100)

    private struct State {
        var time: ContinuousClock.Instant
        var last: ProcessorTimes?
        var hasIdleTime = true
    }

    private let state: Mutex<State>
    private let read: @Sendable () -> ProcessorTimes?
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter read: The times so far; nil if the system does not tell them.
    init(
        read: @escaping @Sendable () -> ProcessorTimes? = { .current },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.read = read
        self.now = now
        state = Mutex(State(time: now(), last: read()))
    }

    /// Whether at least a quarter of all processors' time was idle in the last moment. True if that is not known.
    var hasIdleTime: Bool {
        state.withLock { state in
            let now = now()
            guard state.time.duration(to: now) >= Self.interval else { return state.hasIdleTime }
            let times = read()
            if let times, let last = state.last {
                state.hasIdleTime = (times.idle - last.idle) * 4 >= times.all - last.all
            }
            state.time = now
            state.last = times
            return state.hasIdleTime
        }
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
        guard let file = fopen("/proc/stat", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, CInt(line.count), file) != nil else { return nil }
        let bytes = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return ProcessorTimes(statistics: String(decoding: bytes, as: UTF8.self))
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
