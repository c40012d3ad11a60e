import FoundationEssentials

@testable import LambdaRuntime

/// Returns the given events, then reports a closed connection. Records responses and reports.
final class StubRuntimeAPI: RuntimeAPI {
    enum Report: Equatable {
        case response(requestID: String, body: String)
        case failure(requestID: String, ErrorReport)
        case initializationFailure(ErrorReport)
    }

    private var events: [String]
    private let refusesResponses: Bool
    private(set) var reports: [Report] = []
    private var count = 0

    init(events: [String] = [], refusesResponses: Bool = false) {
        self.events = events
        self.refusesResponses = refusesResponses
    }

    func next() throws(RuntimeAPIError) -> Invocation {
        guard !events.isEmpty else { throw RuntimeAPIError(.closed, message: "no more events") }
        count += 1
        return Invocation(
            requestID: "request-\(count)",
            deadline: 1_795_293_556_000,
            invokedFunctionARN: "arn:aws:lambda:eu-central-1:123456789012:function:Echo",
            traceID: "Root=\(count)",
            event: Data(events.removeFirst().utf8)
        )
    }

    func respond(to requestID: String, with response: Data) throws(RuntimeAPIError) {
        if refusesResponses { throw RuntimeAPIError(.rejected, message: "status 413") }
        reports.append(.response(requestID: requestID, body: String(decoding: response, as: UTF8.self)))
    }

    func report(_ failure: ErrorReport, of requestID: String) {
        reports.append(.failure(requestID: requestID, failure))
    }

    func reportInitializationFailure(_ failure: ErrorReport) {
        reports.append(.initializationFailure(failure))
    }
}
