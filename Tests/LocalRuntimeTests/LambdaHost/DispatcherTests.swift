import NIOCore
import Testing

@testable import LambdaHost

struct DispatcherTests {
    struct Work: DispatchedWork, Equatable {
        var id: Int
        var caller: String?
    }

    typealias Subject = Dispatcher<String, Work>

    private let version = ExecutableVersion(path: "/bin/sh")
    private let other = ExecutableVersion(path: "/bin/cat")

    private func subject(reserved: [Int?] = [nil], processes: Int = 64, atOnce: Int = 2) -> Subject {
        Subject(reservedConcurrency: reserved, maximumProcesses: processes, startsAtOnce: atOnce)
    }

    /// A dispatcher with one idle process that has served one invocation.
    private func warm() -> Subject {
        var subject = subject()
        _ = subject.admit(Work(id: 0), to: 0, version: version)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        subject.answered(1)
        _ = subject.ready(1, at: .now())
        return subject
    }

    @Test func startsAProcessForTheFirstInvocation() {
        var subject = subject()
        let decision = subject.admit(Work(id: 1), to: 0, version: version)
        #expect(decision.starts.map(\.processID) == [1])
        #expect(decision.starts.map(\.version) == [version])
        #expect(decision.delivery == nil)
        expect(subject.attach("one", as: 1), true)
        expect(subject.ready(1, at: .now()).delivery?.work, Work(id: 1))
    }

    @Test func usesTheProcessThatBecameIdleLast() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        expect(subject.admit(Work(id: 2), to: 0, version: version).starts.map(\.processID), [2])
        _ = subject.attach("two", as: 2)
        _ = subject.ready(2, at: .now())
        for process in [2, 1] {
            subject.answered(process)
            _ = subject.ready(process, at: .now())
        }
        expect(subject.admit(Work(id: 3), to: 0, version: version).delivery?.process, "one")
        expect(subject.admit(Work(id: 4), to: 0, version: version).delivery?.process, "two")
    }

    @Test func startsOnlyAFewProcessesAtATime() {
        var subject = subject()
        let decisions = (1...100).map { subject.admit(Work(id: $0), to: 0, version: version) }
        #expect(decisions.flatMap(\.starts).count == 2)
        #expect(decisions.flatMap(\.rechecks) == [0])
        // Two processes are still starting.
        expect(subject.recheck(0, hasIdleTime: true).starts.isEmpty, true)
        for process in [1, 2] {
            _ = subject.attach("p", as: process)
            _ = subject.ready(process, at: .now())
        }
        expect(subject.recheck(0, hasIdleTime: true).starts.count, 2)
    }

    @Test func waitsForAProcessThatHasJustAnswered() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        subject.answered(1)
        let decision = subject.admit(Work(id: 2), to: 0, version: version)
        #expect(decision.starts.isEmpty && decision.rechecks == [0])
        expect(subject.ready(1, at: .now()).delivery?.work, Work(id: 2))
    }

    @Test func startsAProcessIfOneThatHasAnsweredDoesNotAskAgain() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        subject.answered(1)
        _ = subject.admit(Work(id: 2), to: 0, version: version)
        expect(subject.recheck(0, hasIdleTime: true).starts.count, 1)
    }

    @Test func startsNoMoreThanAFewProcessesWhileAllProcessorsAreBusy() {
        var subject = subject()
        for id in 1...200 { _ = subject.admit(Work(id: id), to: 0, version: version) }
        for process in [1, 2] {
            _ = subject.attach("p", as: process)
            _ = subject.ready(process, at: .now())
        }
        for _ in 1...100 {
            expect(subject.recheck(0, hasIdleTime: false).starts.isEmpty, true)
            subject.answered(1)
            _ = subject.ready(1, at: .now())
        }
        // The processes may be busy for long.
        let decisions = (1...Subject.patience).map { _ in subject.recheck(0, hasIdleTime: false) }
        #expect(decisions.map(\.starts.count) == Array(repeating: 0, count: Subject.patience - 1) + [2])
        #expect(decisions.allSatisfy { $0.rechecks == [0] })
    }

    @Test func throttlesAboveTheReservedConcurrency() {
        var subject = subject(reserved: [1])
        expect(subject.admit(Work(id: 1), to: 0, version: version).isThrottled, false)
        expect(subject.admit(Work(id: 2), to: 0, version: version).isThrottled, true)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        expect(subject.admit(Work(id: 3), to: 0, version: version).isThrottled, true)
        subject.answered(1)
        expect(subject.admit(Work(id: 4), to: 0, version: version).isThrottled, false)
        expect(subject.cancel(4, of: 0), true)
        expect(subject.admit(Work(id: 5), to: 0, version: version).isThrottled, false)
        expect(subject.cancel(4, of: 0), false)
    }

    @Test func throttlesAFunctionWithAReservedConcurrencyOfZero() {
        var subject = subject(reserved: [0])
        expect(subject.admit(Work(id: 1), to: 0, version: version).isThrottled, true)
    }

    @Test func retiresProcessesOfAnOldExecutable() {
        var subject = warm()
        let decision = subject.admit(Work(id: 1), to: 0, version: other)
        #expect(decision.retired == ["one"])
        #expect(decision.starts.map(\.version) == [other])
    }

    @Test func letsABusyProcessOfAnOldExecutableFinish() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        expect(subject.admit(Work(id: 2), to: 0, version: other).retired.isEmpty, true)
        subject.answered(1)
        let decision = subject.ready(1, at: .now())
        #expect(decision.retired == ["one"] && decision.delivery == nil)
    }

    @Test func keepsWarmProcessesWhileTheExecutableIsMissing() {
        var subject = warm()
        expect(subject.admit(Work(id: 1), to: 0, version: nil).delivery?.process, "one")
    }

    @Test func failsOneInvocationPerProcessThatDoesNotStart() {
        var subject = subject(atOnce: 1)
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        expect(subject.admit(Work(id: 2), to: 0, version: version).starts.isEmpty, true)
        let (victim, decision) = subject.failedToStart(1)
        #expect(victim == Work(id: 1))
        #expect(decision.starts.map(\.processID) == [2])
        expect(subject.failedToStart(2).victim, Work(id: 2))
        expect(subject.failedToStart(2).victim, nil)
    }

    @Test func redeliversAnInvocationThatAProcessDidNotReceive() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        let decision = subject.ended(1, undelivered: Work(id: 1))
        #expect(decision.starts.map(\.processID) == [2])
        _ = subject.attach("two", as: 2)
        expect(subject.ready(2, at: .now()).delivery?.work, Work(id: 1))
    }

    @Test func countsAnInvocationThatItTakesBackAsInFlight() {
        var subject = subject(reserved: [1])
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        // The process exits before it receives the invocation.
        _ = subject.ended(1)
        expect(subject.readmit(Work(id: 1), to: 0).starts.map(\.processID), [2])
        expect(subject.admit(Work(id: 2), to: 0, version: version).isThrottled, true)
    }

    @Test func retiresAProcessOfOneFunctionForAnotherAtTheLimit() {
        var subject = subject(reserved: [nil, nil], processes: 1)
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        expect(subject.admit(Work(id: 2), to: 1, version: version).starts.isEmpty, true)
        // An invocation that arrives later must wait, or a busy function would keep its process forever.
        _ = subject.admit(Work(id: 3), to: 0, version: version)
        subject.answered(1)
        let decision = subject.ready(1, at: .now())
        #expect(decision.retired == ["one"] && decision.delivery == nil)
        #expect(decision.starts.map(\.function) == [1])
        _ = subject.attach("two", as: 2)
        expect(subject.ready(2, at: .now()).delivery?.work, Work(id: 2))
        subject.answered(2)
        expect(subject.ready(2, at: .now()).starts.map(\.function), [0])
    }

    @Test func retiresProcessesAfterTheIdleTimeout() {
        var subject = warm()
        expect(subject.retireIdle(since: .now() - .hours(1)).isEmpty, true)
        expect(subject.retireIdle(since: .now() + .hours(1)), ["one"])
        expect(subject.admit(Work(id: 1), to: 0, version: version).starts.count, 1)
    }

    @Test func returnsInvocationsAndProcessesWhenItStops() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        _ = subject.admit(Work(id: 2), to: 0, version: version)
        let (waiting, processes) = subject.stop()
        #expect(waiting == [Work(id: 2)])
        #expect(processes == ["one"])
        expect(subject.attach("two", as: 2), false)
    }
}
