import Synchronization
import Testing

@testable import LambdaHost

struct ProcessorMeterTests {
    /// A machine whose time passes only in ``pass(_:idle:all:own:)``.
    private final class Machine: Sendable {
        private let state = Mutex((time: ContinuousClock.now, idle: 1_000, all: 5_000, own: Duration.seconds(7)))

        func pass(_ milliseconds: Int, idle: Int, all: Int, own: Int = 0) {
            state.withLock {
                $0.time += .milliseconds(milliseconds)
                $0.idle += idle
                $0.all += all
                $0.own += .milliseconds(own)
            }
        }

        var own: Duration { state.withLock { $0.own } }
        var now: ContinuousClock.Instant { state.withLock { $0.time } }

        func meter() -> ProcessorMeter {
            ProcessorMeter(
                eventLoops: 2,
                machine: { self.state.withLock { ProcessorTimes(idle: $0.idle, all: $0.all) } },
                own: { self.own },
                now: { self.now }
            )
        }
    }

    @Test(arguments: [(0, false), (4, false), (5, true), (20, true)])
    func measuresTheTimeSinceTheLastMoment(idle: Int, hasIdleTime: Bool) {
        let machine = Machine()
        let meter = machine.meter()
        machine.pass(100, idle: idle, all: 20)
        #expect(meter.hasIdleTime == hasIdleTime)
    }

    @Test(arguments: [(0, true), (150, true), (151, false), (200, false)])
    func measuresTheTimeOfItsEventLoops(own: Int, hasIdleTime: Bool) {
        let machine = Machine()
        let meter = machine.meter()
        machine.pass(100, idle: 20, all: 20, own: own)
        #expect(meter.hasIdleTime == hasIdleTime)
    }

    @Test func answersFromTheLastMeasurementForAMoment() {
        let machine = Machine()
        let meter = machine.meter()
        machine.pass(99, idle: 0, all: 20)
        #expect(meter.hasIdleTime)
        machine.pass(1, idle: 0, all: 0)
        #expect(!meter.hasIdleTime)
        machine.pass(99, idle: 20, all: 20)
        #expect(!meter.hasIdleTime)
        machine.pass(1, idle: 0, all: 0)
        #expect(meter.hasIdleTime)
    }

    @Test func assumesIdleTimeIfTheSystemDoesNotTell() {
        let machine = Machine()
        let meter = ProcessorMeter(eventLoops: 2, machine: { nil }, own: { machine.own }, now: { machine.now })
        machine.pass(100, idle: 0, all: 20)
        #expect(meter.hasIdleTime)
    }

    @Test func readsTheTimesOfThisMachine() throws {
        let times = try #require(ProcessorTimes.current)
        #expect(times.all > times.idle)
        #expect(times.idle > 0)
    }

    @Test func countsWaitingForDisksAsIdle() {
        let times = ProcessorTimes(statistics: "cpu  100 10 50 800 40 3 2 1 60 6\n")
        #expect(times == ProcessorTimes(idle: 840, all: 1_006))
    }

    @Test(arguments: ["", "cpu", "cpu  1 2 3 4", "cpu0 1 2 3 4 5 6 7 8", "intr 1 2 3 4 5 6 7 8"])
    func refusesOtherLines(line: String) {
        #expect(ProcessorTimes(statistics: line) == nil)
    }
}
