import NIOCore
import Testing

@testable import LambdaHost

struct LambdaDispatcherTests {
    struct Work: Identifiable, Equatable {
        var id: Int
    }

    typealias Subject = Dispatcher<String, Work>

    private let version = ExecutableVersion(path: "/bin/sh")
    private let other = ExecutableVersion(path: "/bin/cat")

    private func subject(reserved: [Int?] = [nil], processes: Int = 64, atOnce: Int = 2) -> Subject {
        Subject(reservedConcurrency: reserved, maximumProcesses: processes, startsAtOnce: atOnce)
    }

    /// A dispatcher whose only process has served one invocation and waits.
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
        let step1 = subject.attach("one", as: 1)
        #expect(step1)
        let step2 = subject.ready(1, at: .now())
        #expect(step2.delivery?.work == Work(id: 1))
    }

    @Test func usesTheWarmProcessThatWasBusyLast() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        let step3 = subject.admit(Work(id: 2), to: 0, version: version)
        #expect(step3.starts.map(\.processID) == [2])
        _ = subject.attach("two", as: 2)
        _ = subject.ready(2, at: .now())
        for process in [2, 1] {
            subject.answered(process)
            _ = subject.ready(process, at: .now())
        }
        let step4 = subject.admit(Work(id: 3), to: 0, version: version)
        #expect(step4.delivery?.process == "one")
        let step5 = subject.admit(Work(id: 4), to: 0, version: version)
        #expect(step5.delivery?.process == "two")
    }

    @Test func startsOnlyAFewAtATimeUnderABurst() {
        var subject = subject()
        let decisions = (1...100).map { subject.admit(Work(id: $0), to: 0, version: version) }
        #expect(decisions.flatMap(\.starts).count == 2)
        #expect(decisions.flatMap(\.rechecks) == [0])
        // Nobody has come ready in the meantime: still two that start.
        let step6 = subject.recheck(0)
        #expect(step6.starts.isEmpty)
        for process in [1, 2] {
            _ = subject.attach("p", as: process)
            _ = subject.ready(process, at: .now())
        }
        let step7 = subject.recheck(0)
        #expect(step7.starts.count == 2)
    }

    @Test func waitsForAProcessThatHasJustAnswered() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        subject.answered(1)
        let decision = subject.admit(Work(id: 2), to: 0, version: version)
        #expect(decision.starts.isEmpty && decision.rechecks == [0])
        let step8 = subject.ready(1, at: .now())
        #expect(step8.delivery?.work == Work(id: 2))
    }

    @Test func doesNotWaitForEverForAProcessThatHasAnswered() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        subject.answered(1)
        _ = subject.admit(Work(id: 2), to: 0, version: version)
        let step9 = subject.recheck(0)
        #expect(step9.starts.count == 1)
    }

    @Test func throttlesAboveTheReservedConcurrency() {
        var subject = subject(reserved: [1])
        let step10 = subject.admit(Work(id: 1), to: 0, version: version)
        #expect(!step10.isThrottled)
        let step11 = subject.admit(Work(id: 2), to: 0, version: version)
        #expect(step11.isThrottled)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        let step12 = subject.admit(Work(id: 3), to: 0, version: version)
        #expect(step12.isThrottled)
        subject.answered(1)
        let step13 = subject.admit(Work(id: 4), to: 0, version: version)
        #expect(!step13.isThrottled)
        let step14 = subject.giveUp(4, of: 0)
        #expect(step14)
        let step15 = subject.admit(Work(id: 5), to: 0, version: version)
        #expect(!step15.isThrottled)
        let step16 = subject.giveUp(4, of: 0)
        #expect(!step16)
    }

    @Test func neverRunsAFunctionWithoutReservedConcurrency() {
        var subject = subject(reserved: [0])
        let step17 = subject.admit(Work(id: 1), to: 0, version: version)
        #expect(step17.isThrottled)
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
        let step18 = subject.admit(Work(id: 2), to: 0, version: other)
        #expect(step18.retired.isEmpty)
        subject.answered(1)
        let decision = subject.ready(1, at: .now())
        #expect(decision.retired == ["one"] && decision.delivery == nil)
    }

    @Test func keepsWarmProcessesWhileTheExecutableIsMissing() {
        var subject = warm()
        let step19 = subject.admit(Work(id: 1), to: 0, version: nil)
        #expect(step19.delivery?.process == "one")
    }

    @Test func failsOneInvocationForEachProcessThatDoesNotStart() {
        var subject = subject(atOnce: 1)
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        let step20 = subject.admit(Work(id: 2), to: 0, version: version)
        #expect(step20.starts.isEmpty)
        let (victim, decision) = subject.failedToStart(1)
        #expect(victim == Work(id: 1))
        #expect(decision.starts.map(\.processID) == [2])
        let step21 = subject.failedToStart(2)
        #expect(step21.victim == Work(id: 2))
        let step22 = subject.failedToStart(2)
        #expect(step22.victim == nil)
    }

    @Test func givesAnUndeliveredInvocationToAnotherProcess() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        let decision = subject.ended(1, undelivered: Work(id: 1))
        #expect(decision.starts.map(\.processID) == [2])
        _ = subject.attach("two", as: 2)
        let step23 = subject.ready(2, at: .now())
        #expect(step23.delivery?.work == Work(id: 1))
    }

    @Test func makesRoomForOneFunctionWithAnIdleProcessOfAnother() {
        var subject = subject(reserved: [nil, nil], processes: 1)
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        _ = subject.attach("one", as: 1)
        _ = subject.ready(1, at: .now())
        let step24 = subject.admit(Work(id: 2), to: 1, version: version)
        #expect(step24.starts.isEmpty)
        // Who came later has to wait, or a busy function would keep its process for ever.
        _ = subject.admit(Work(id: 3), to: 0, version: version)
        subject.answered(1)
        let decision = subject.ready(1, at: .now())
        #expect(decision.retired == ["one"] && decision.delivery == nil)
        #expect(decision.starts.map(\.function) == [1])
        _ = subject.attach("two", as: 2)
        let step25 = subject.ready(2, at: .now())
        #expect(step25.delivery?.work == Work(id: 2))
        subject.answered(2)
        let step26 = subject.ready(2, at: .now())
        #expect(step26.starts.map(\.function) == [0])
    }

    @Test func retiresWhatHasBeenIdleForLong() {
        var subject = warm()
        let step27 = subject.retireIdle(since: .now() - .hours(1))
        #expect(step27.isEmpty)
        let step28 = subject.retireIdle(since: .now() + .hours(1))
        #expect(step28 == ["one"])
        let step29 = subject.admit(Work(id: 1), to: 0, version: version)
        #expect(step29.starts.count == 1)
    }

    @Test func givesEverythingBackWhenItStops() {
        var subject = warm()
        _ = subject.admit(Work(id: 1), to: 0, version: version)
        _ = subject.admit(Work(id: 2), to: 0, version: version)
        let (waiting, processes) = subject.stop()
        #expect(waiting == [Work(id: 2)])
        #expect(processes == ["one"])
        let step30 = subject.attach("two", as: 2)
        #expect(!step30)
    }
}
