import Glibc
import NIOCore
import Testing

@testable import LambdaHost

struct FunctionProcessStopTests {
    private typealias Subject = ProcessStateSubject

    // MARK: Stopping

    @Test func isTerminatedWhenTheHostStopsIt() {
        for var subject in [Subject.starting(), Subject.idle(), Subject.running()] {
            expect(subject.stop(), .terminated)
            let actions = subject.graceElapsed()
            #expect(actions.last == .signal(SIGKILL, group: Subject.processID))
            #expect(actions.contains { if case .logFailure(.killed(), _) = $0 { true } else { false } })
            expect(subject.graceElapsed(), [])
        }
    }

    @Test func isTerminatedAsSoonAsItsProcessIDIsKnown() {
        var subject = Subject.created()
        expect(subject.stop(), [.scheduleKill])
        var late = subject
        expect(subject.spawned(Subject.processID), [.signal(SIGTERM, group: Subject.processID)])
        expect(late.graceElapsed(), [.logFailure(.killed(), requestID: nil)])
        expect(late.spawned(Subject.processID), [.signal(SIGKILL, group: Subject.processID)])
    }

    @Test func ignoresASecondStop() {
        for var subject in [Subject.starting(), Subject.idle(), Subject.running()] {
            _ = subject.stop()
            expect(subject.stop(), [])
        }
    }

    @Test func endsSilentlyWhileItIsStopping() {
        for var subject in [Subject.starting(), Subject.idle()] {
            _ = subject.stop()
            expect(subject.ended(Subject.exit, at: Subject.second(3)), [.close])
        }
    }

    @Test func finishesItsInvocationWhileItIsStopping() {
        var subject = Subject.running()
        _ = subject.stop()
        expect(subject.wake(at: Subject.second(5)), [])
        expect(subject.next(at: Subject.second(5)), [.resend(StubWork(), deadline: Subject.second(5))])
        _ = subject.respond(to: "1", with: Subject.body)
        expect(
            subject.outputRead(.answer(.response(Subject.body)), at: Subject.second(6)),
            [.flushOutput, .finish(.succeeded(Subject.body), at: 6), .accept]
        )
        expect(subject.next(at: Subject.second(6)), [.park])
        expect(subject.ended(Subject.exit, at: Subject.second(7)), [.close])
    }

    @Test func failsItsInvocationWhenItExitsWhileItIsStopping() {
        var subject = Subject.running()
        _ = subject.stop()
        expect(
            subject.ended(Subject.exit, at: Subject.second(3)),
            [.close, .logFailure(Subject.exit, requestID: "1"), .finish(.failed(.document(Subject.exit)), at: 3)]
        )
    }

    @Test func givesBackAnInvocationThatItNeverReceivedWhenItStops() {
        var subject = Subject.runningWithoutConnection()
        expect(subject.stop(), .terminated + [.notify(.returned(StubWork()))])
        expect(subject.ended(Subject.exit, at: Subject.second(3)), [.close])
    }

    @Test func givesBackAnInvocationThatComesTooLate() {
        var stopping = Subject.idle()
        _ = stopping.stop()
        var ended = Subject.idle()
        _ = ended.ended(Subject.exit, at: Subject.second(2))
        for var subject in [stopping, ended] {
            expect(subject.deliver(StubWork(), at: Subject.second(2)), [.notify(.returned(StubWork()))])
        }
    }

    @Test func isNotReadyWhenItStopsBeforeItsOutputIsRead() {
        var subject = Subject.starting()
        _ = subject.next(at: Subject.second(1))
        _ = subject.stop()
        expect(subject.outputRead(.ready, at: Subject.second(1)), [])
    }

    // MARK: Ended

    @Test func doesNothingAfterItsEnd() {
        for var subject in [Subject.starting(), Subject.idle(), Subject.running()] {
            _ = subject.ended(Subject.exit, at: Subject.second(3))
            expect(subject.stop(), [])
            expect(subject.graceElapsed(), [])
            expect(subject.wake(at: Subject.second(100)), [])
            expect(subject.outputRead(.ready, at: Subject.second(4)), [])
            expect(subject.ended(Subject.exit, at: Subject.second(4)), [])
        }
    }
}
