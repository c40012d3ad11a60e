import Glibc
import NIOCore
import Testing

@testable import LambdaHost

struct FunctionProcessStartTests {
    private typealias Subject = ProcessStateSubject

    @Test func limitsTheInitializationOnceTheProcessRuns() {
        var subject = Subject.created()
        expect(subject.spawned(Subject.processID), [.scheduleWake(Subject.second(10))])
    }

    @Test func becomesReadyWithTheFirstRequestForAnEvent() {
        var subject = Subject.starting()
        expect(subject.next(at: Subject.second(1)), [.park, .afterOutput(.ready)])
        expect(subject.outputRead(.ready, at: Subject.second(1)), [.notify(.ready)])
    }

    @Test func isNotReadyBeforeItsProcessIDIsKnown() {
        var subject = Subject.created()
        expect(subject.next(at: Subject.second(1)), [.park])
        expect(subject.spawned(Subject.processID), [.afterOutput(.ready)])
    }

    @Test func failsToInitializeWhenItExitsBeforeItAsksForAnEvent() {
        for var subject in [Subject.created(), Subject.starting()] {
            expect(
                subject.ended(Subject.exit, at: Subject.second(1)),
                [
                    .close, .logFailure(Subject.exit, requestID: nil),
                    .notify(.failedToInitialize(.exited(Subject.exit))),
                ]
            )
        }
    }

    @Test func isKilledAtTheInitializationLimit() {
        var subject = Subject.starting()
        expect(subject.wake(at: Subject.second(9)), [.scheduleWake(Subject.second(10))])
        let document = ErrorDocument.timeout(seconds: 10)
        expect(
            subject.wake(at: Subject.second(10)),
            [
                .closeOutput, .signal(SIGKILL, group: Subject.processID), .logFailure(document, requestID: nil),
                .notify(.failedToInitialize(.timedOut(document))),
            ]
        )
        expect(subject.next(at: Subject.second(10)), [.park])
        expect(subject.ended(Subject.exit, at: Subject.second(11)), [.close])
    }

    @Test func isTerminatedAfterAnInitializationError() {
        var subject = Subject.starting()
        let step = Subject.OutputStep.initializationError(Subject.report)
        expect(subject.failInitialization(with: Subject.report), [.accept, .afterOutput(step)])
        expect(subject.wake(at: Subject.second(10)), [])
        expect(
            subject.outputRead(step, at: Subject.second(1)),
            [.flushOutput, .notify(.failedToInitialize(.reported(Subject.report)))] + .terminated
        )
        expect(subject.ended(Subject.exit, at: Subject.second(2)), [.close])
    }

    @Test func refusesToContinueAfterAnInitializationError() {
        var subject = Subject.starting()
        _ = subject.failInitialization(with: Subject.report)
        expect(
            subject.next(at: Subject.second(1)),
            [.refuse(.invalidStateTransition(from: .initError, to: "Ready"))]
        )
        expect(
            subject.failInitialization(with: Subject.report),
            [.refuse(.invalidStateTransition(from: .initError, to: "InitError"))]
        )
    }

    @Test func ignoresAnInitializationErrorWhileItIsStopping() {
        var subject = Subject.starting()
        _ = subject.stop()
        expect(subject.failInitialization(with: Subject.report), [.accept])

        var reporting = Subject.starting()
        let step = Subject.OutputStep.initializationError(Subject.report)
        expect(reporting.failInitialization(with: Subject.report), [.accept, .afterOutput(step)])
        _ = reporting.stop()
        expect(reporting.outputRead(step, at: Subject.second(1)), [.flushOutput])
    }

    @Test func refusesAnInitializationErrorAfterTheFirstRequestForAnEvent() {
        var subject = Subject.idle()
        expect(
            subject.failInitialization(with: Subject.report),
            [.refuse(.invalidStateTransition(from: .ready, to: "InitError"))]
        )
    }
}
