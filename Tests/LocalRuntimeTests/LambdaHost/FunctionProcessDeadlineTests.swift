import Glibc
import NIOCore
import Testing

@testable import LambdaHost

struct FunctionProcessDeadlineTests {
    private typealias Subject = ProcessStateSubject

    @Test func isKilledAtTheInvocationTimeout() {
        for var subject in [Subject.running(), Subject.runningWithoutConnection()] {
            expect(subject.wake(at: Subject.second(4)), [.scheduleWake(Subject.second(5))])
            let document = ErrorDocument.timeout(seconds: 3)
            expect(
                subject.wake(at: Subject.second(5)),
                [
                    .closeOutput, .logFailure(document, requestID: "1"), .signal(SIGKILL, group: Subject.processID),
                    .notify(.ended(undelivered: nil)), .finish(.timedOut(document), at: 5),
                ]
            )
            expect(subject.ended(Subject.exit, at: Subject.second(6)), [.close])
        }
    }

    @Test func ignoresAResponseAfterTheTimeout() {
        var subject = Subject.running()
        _ = subject.wake(at: Subject.second(5))
        let step = Subject.OutputStep.answer(.response(Subject.body))
        expect(subject.respond(to: "1", with: Subject.body), [.afterOutput(step)])
        expect(subject.outputRead(step, at: Subject.second(5)), [.flushOutput, .accept])
    }

    @Test func sendsNoEventAfterTheTimeout() {
        var subject = Subject.running()
        _ = subject.wake(at: Subject.second(5))
        expect(subject.next(at: Subject.second(5)), [])
    }

    @Test func doesNotTimeOutOnceAnAnswerIsAccepted() {
        var subject = Subject.running(StubWork(callerDeadline: Subject.second(4)))
        _ = subject.respond(to: "1", with: Subject.body)
        expect(subject.wake(at: Subject.second(5)), [])
    }

    @Test func continuesAfterItsCallerHasStoppedWaiting() {
        let work = StubWork(callerDeadline: Subject.second(4))
        var subject = Subject.idle()
        expect(
            subject.deliver(work, at: Subject.second(2)),
            [.begin(work), .scheduleWake(Subject.second(4)), .handOver(work, deadline: Subject.second(5))]
        )
        expect(subject.wake(at: Subject.second(4)), [.releaseCaller(work), .scheduleWake(Subject.second(5))])
        _ = subject.respond(to: "1", with: Subject.body)
        expect(
            subject.outputRead(.answer(.response(Subject.body)), at: Subject.second(4)),
            [
                .flushOutput, .notify(.answered),
                .finish(.succeeded(Subject.body), at: 4, isAwaited: false, work: work), .accept,
            ]
        )
    }

    @Test func doesNotGiveBackAnInvocationWhoseCallerHasStoppedWaiting() {
        let work = StubWork(callerDeadline: Subject.second(4))
        let completion = Subject.Action.finish(.failed(.document(Subject.exit)), at: 4, isAwaited: false, work: work)
        var exiting = Subject.runningWithoutConnection(work)
        _ = exiting.wake(at: Subject.second(4))
        var stopping = exiting
        expect(
            exiting.ended(Subject.exit, at: Subject.second(4)),
            [
                .close, .logFailure(Subject.exit, requestID: "1"), .notify(.ended(undelivered: nil)), completion,
            ]
        )
        expect(stopping.stop(), .terminated)
        expect(
            stopping.ended(Subject.exit, at: Subject.second(4)),
            [.close, .logFailure(Subject.exit, requestID: "1"), completion]
        )
    }

    // MARK: After the answer

    /// Answers at this second the invocation whose time is up at second 5.
    private static func answered(at second: Int64, _ work: StubWork = StubWork()) -> Subject {
        var subject = Subject.running(work)
        _ = subject.respond(to: "1", with: Subject.body)
        _ = subject.outputRead(.answer(.response(Subject.body)), at: Subject.second(second))
        return subject
    }

    @Test func isKilledAtTheTimeoutIfItDoesNotAskAgain() {
        var failed = Subject.running()
        _ = failed.fail("1", with: Subject.report)
        _ = failed.outputRead(.answer(.error(Subject.report)), at: Subject.second(3))
        for var subject in [Self.answered(at: 3), failed] {
            expect(subject.wake(at: Subject.second(4)), [.scheduleWake(Subject.second(5))])
            expect(
                subject.wake(at: Subject.second(5)),
                [
                    .closeOutput, .logFailure(.timeout(seconds: 3), requestID: "1"),
                    .signal(SIGKILL, group: Subject.processID), .notify(.ended(undelivered: nil)),
                ]
            )
            expect(subject.ended(Subject.exit, at: Subject.second(6)), [.close])
        }
    }

    @Test func hasAMomentToAskAgainIfItAnswersAtTheTimeout() {
        var subject = Subject.running()
        _ = subject.respond(to: "1", with: Subject.body)
        expect(subject.wake(at: Subject.second(5)), [])
        let limit = Subject.second(5) + Subject.Unfinished.leastTimeToAskAgain
        expect(
            subject.outputRead(.answer(.response(Subject.body)), at: Subject.second(5)),
            [
                .flushOutput, .notify(.answered), .finish(.succeeded(Subject.body), at: 5), .scheduleWake(limit),
                .accept,
            ]
        )
        #expect(subject.wake(at: limit).contains(.notify(.ended(undelivered: nil))))
    }

    @Test func keepsItsTimerWhileTheOutputOfItsAnswerIsUnread() {
        var subject = Subject.running(StubWork(callerDeadline: Subject.second(4)))
        _ = subject.respond(to: "1", with: Subject.body)
        expect(subject.wake(at: Subject.second(4)), [.scheduleWake(Subject.second(5))])
    }

    @Test func livesOnIfItAsksAgainInTime() {
        var subject = Self.answered(at: 3)
        expect(subject.next(at: Subject.second(4)), [.park, .afterOutput(.ready)])
        expect(subject.wake(at: Subject.second(5)), [])
        var early = Subject.running()
        _ = early.respond(to: "1", with: Subject.body)
        _ = early.next(at: Subject.second(3))
        _ = early.outputRead(.answer(.response(Subject.body)), at: Subject.second(3))
        expect(early.wake(at: Subject.second(5)), [])
    }

    @Test func livesOnIfItLosesItsConnectionAfterItAskedAgain() {
        var subject = Self.answered(at: 3)
        _ = subject.next(at: Subject.second(4))
        subject.parkedConnectionClosed()
        expect(subject.wake(at: Subject.second(5)), [])
    }
}
