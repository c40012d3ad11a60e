import Testing

@testable import LambdaHost

struct RuntimeAPITests {
    @Test func acceptsOneAnswerPerEvent() {
        var api = RuntimeAPI()
        #expect(api.next() == .park)
        api.handOver("1")
        #expect(api.respond(to: "1") == nil)
        #expect(api.next() == .park)
        api.handOver("2")
        #expect(api.fail("2") == nil)
        #expect(api.next() == .park)
        #expect(api.phase == .ready)
    }

    @Test func repeatsTheEventForARuntimeThatLostItsConnection() {
        var api = RuntimeAPI()
        #expect(api.next() == .park)
        #expect(api.next() == .park)
        api.handOver("1")
        #expect(api.next() == .repeatEvent)
        #expect(api.respond(to: "1") == nil)
    }

    @Test(arguments: ["2", ""])
    func refusesAnAnswerToAnotherInvocation(id: Substring) {
        var api = RuntimeAPI()
        #expect(api.respond(to: id) == .invalidRequestID)
        _ = api.next()
        #expect(api.respond(to: id) == .invalidRequestID)
        api.handOver("1")
        #expect(api.respond(to: id) == .invalidRequestID)
        #expect(api.fail(id) == .invalidRequestID)
        #expect(api.phase == .running)
    }

    @Test func refusesASecondAnswer() {
        var api = RuntimeAPI()
        _ = api.next()
        api.handOver("1")
        _ = api.respond(to: "1")
        #expect(api.respond(to: "1") == .invalidStateTransition(from: .answered, to: "InvocationResponse"))
        #expect(api.fail("1") == .invalidStateTransition(from: .answered, to: "InvocationErrorResponse"))
    }

    @Test func acceptsAnInitErrorOnlyBeforeTheFirstEvent() {
        var api = RuntimeAPI()
        #expect(api.failInitialization() == nil)
        #expect(api.next() == .refuse(.invalidStateTransition(from: .initError, to: "Ready")))
        #expect(api.failInitialization() == .invalidStateTransition(from: .initError, to: "InitError"))
        var ready = RuntimeAPI()
        _ = ready.next()
        #expect(ready.failInitialization() == .invalidStateTransition(from: .ready, to: "InitError"))
    }

    @Test(arguments: [
        ("Runtime.NoSuchHandler", "Runtime.NoSuchHandler"), ("Function.Broken", "Function.Broken"),
        ("Function.broken", "Function.Unknown"), ("Function.", "Function.Unknown"), ("TypeError", "Runtime.Unknown"),
        (nil, "Runtime.Unknown"),
    ])
    func keepsErrorTypesThatAreWellFormed(reported: String?, expected: String) {
        #expect(RuntimeAPI.errorType(reported: reported) == expected)
    }
}
