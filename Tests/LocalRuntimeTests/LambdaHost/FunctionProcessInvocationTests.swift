import Glibc
import NIOCore
import Testing

@testable import LambdaHost

struct FunctionProcessInvocationTests {
    private typealias Subject = ProcessStateSubject

    // MARK: Idle

    @Test func handsOverAnInvocationAtOnceIfARequestIsOpen() {
        var subject = Subject.idle()
        expect(
            subject.deliver(StubWork(), at: Subject.second(2)),
            [.begin(StubWork()), .scheduleWake(Subject.second(5)), .handOver(StubWork(), deadline: Subject.second(5))]
        )
    }

    @Test func handsOverAnInvocationWithTheNextRequestIfNoneIsOpen() {
        var subject = Subject.idle()
        subject.parkedConnectionClosed()
        expect(
            subject.deliver(StubWork(), at: Subject.second(2)),
            [.begin(StubWork()), .scheduleWake(Subject.second(5))]
        )
        expect(subject.next(at: Subject.second(3)), [.park, .handOver(StubWork(), deadline: Subject.second(5))])
    }

    @Test func isReadyOnlyOnceForRepeatedRequests() {
        var subject = Subject.idle()
        subject.parkedConnectionClosed()
        expect(subject.next(at: Subject.second(3)), [.park])
    }

    @Test func refusesASecondRequestWhileOneIsOpen() {
        var subject = Subject.idle()
        expect(subject.next(at: Subject.second(2)), [.refuse(.secondNext)])
        expect(
            subject.deliver(StubWork(), at: Subject.second(2)),
            [.begin(StubWork()), .scheduleWake(Subject.second(5)), .handOver(StubWork(), deadline: Subject.second(5))]
        )
    }

    @Test func hasNoDeadlineWhileIdle() {
        var subject = Subject.idle()
        expect(subject.wake(at: Subject.second(100)), [])
    }

    @Test func reportsAnExitWhileIdle() {
        var subject = Subject.idle()
        expect(
            subject.ended(Subject.exit, at: Subject.second(2)),
            [.close, .logFailure(Subject.exit, requestID: nil), .notify(.ended(undelivered: nil))]
        )
    }

    // MARK: Running

    @Test func sendsTheSameEventAgainToARuntimeThatLostItsConnection() {
        var subject = Subject.running()
        expect(subject.next(at: Subject.second(3)), [.resend(StubWork(), deadline: Subject.second(5))])
    }

    @Test func finishesAResponseAfterItsOutputIsRead() {
        var subject = Subject.running()
        let step = Subject.OutputStep.answer(.response(Subject.body))
        expect(subject.respond(to: "1", with: Subject.body), [.afterOutput(step)])
        expect(
            subject.outputRead(step, at: Subject.second(3)),
            [.flushOutput, .notify(.answered), .finish(.succeeded(Subject.body), at: 3), .accept]
        )
        expect(subject.next(at: Subject.second(3)), [.park, .afterOutput(.ready)])
        expect(subject.outputRead(.ready, at: Subject.second(3)), [.notify(.ready)])
    }

    @Test func finishesWithTheErrorThatTheFunctionReports() {
        var subject = Subject.running()
        let step = Subject.OutputStep.answer(.error(Subject.report))
        expect(subject.fail("1", with: Subject.report), [.afterOutput(step)])
        expect(
            subject.outputRead(step, at: Subject.second(3)),
            [.flushOutput, .notify(.answered), .finish(.failed(Subject.report), at: 3), .accept]
        )
    }

    @Test func refusesAnAnswerThatIsTooLarge() {
        let step = Subject.OutputStep.answer(.tooLarge)
        var responding = Subject.running()
        expect(responding.respond(to: "1", with: nil), [.afterOutput(step)])
        var failing = Subject.running()
        expect(failing.fail("1", with: nil), [.afterOutput(step)])
        for var subject in [responding, failing] {
            expect(
                subject.outputRead(step, at: Subject.second(3)),
                [
                    .flushOutput, .notify(.answered), .finish(.failed(.document(.responseTooLarge())), at: 3),
                    .refuseTooLarge,
                ]
            )
        }
    }

    @Test func refusesASecondAnswer() {
        var subject = Subject.running()
        let step = Subject.OutputStep.answer(.response(Subject.body))
        _ = subject.respond(to: "1", with: Subject.body)
        let refusal = RuntimeAPI.Refusal.invalidStateTransition(from: .answered, to: "InvocationResponse")
        expect(subject.respond(to: "1", with: Subject.body), [.refuse(refusal)])
        _ = subject.outputRead(step, at: Subject.second(3))
        expect(subject.respond(to: "1", with: Subject.body), [.refuse(refusal)])
    }

    @Test func refusesAnAnswerToAnotherInvocation() {
        for var subject in [
            Subject.starting(), Subject.idle(), Subject.running(),
            Subject.runningWithoutConnection(StubWork(requestID: "2")),
        ] {
            expect(subject.respond(to: "2", with: Subject.body), [.refuse(.invalidRequestID)])
            expect(subject.fail("2", with: Subject.report), [.refuse(.invalidRequestID)])
        }
    }

    @Test func reportsTheInitDurationOnlyWithTheFirstInvocation() {
        var subject = Subject.running()
        for (requestID, initDuration) in [("1", TimeAmount.seconds(1)), ("2", nil)] {
            let step = Subject.OutputStep.answer(.response(Subject.body))
            _ = subject.respond(to: Substring(requestID), with: Subject.body)
            let actions = subject.outputRead(step, at: Subject.second(3))
            guard case .finish(let completion) = actions[2] else {
                Issue.record("\(actions)")
                return
            }
            #expect(completion.initDuration == initDuration)
            _ = subject.next(at: Subject.second(3))
            _ = subject.deliver(StubWork(requestID: "2"), at: Subject.second(3))
        }
    }

    @Test func isReadyAfterItsAnswerAlthoughItAskedBeforeTheOutputWasRead() {
        var subject = Subject.running()
        let step = Subject.OutputStep.answer(.response(Subject.body))
        _ = subject.respond(to: "1", with: Subject.body)
        expect(subject.next(at: Subject.second(3)), [.park, .afterOutput(.ready)])
        expect(
            subject.outputRead(step, at: Subject.second(3)),
            [.flushOutput, .notify(.answered), .finish(.succeeded(Subject.body), at: 3), .accept]
        )
        expect(subject.outputRead(.ready, at: Subject.second(3)), [.notify(.ready)])
    }

    @Test func failsItsInvocationWhenItExits() {
        var subject = Subject.running()
        expect(
            subject.ended(Subject.exit, at: Subject.second(3)),
            [
                .close, .logFailure(Subject.exit, requestID: "1"), .notify(.ended(undelivered: nil)),
                .finish(.failed(.document(Subject.exit)), at: 3),
            ]
        )
    }

    @Test func givesBackAnInvocationThatItNeverReceivedWhenItExits() {
        var subject = Subject.runningWithoutConnection()
        expect(subject.ended(Subject.exit, at: Subject.second(3)), [.close, .notify(.ended(undelivered: StubWork()))])
    }
}
