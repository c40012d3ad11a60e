import FoundationEssentials
import InMemoryLogging
import Logging
import Testing

@testable import LambdaRuntime

@Suite struct RunLoopTests {
    @Test func handlesEventsInOrder() async {
        let api = StubRuntimeAPI(events: [#"{"text":"a/b"}"#, #"{"text":"ü"}"#])
        await run(api) { Echo() }
        #expect(
            api.reports == [
                .response(requestID: "request-1", body: #"{"text":"a/b"}"#),
                .response(requestID: "request-2", body: #"{"text":"ü"}"#),
            ]
        )
    }

    @Test func passesTheInvocationsContextToTheHandler() async throws {
        let api = StubRuntimeAPI(events: ["{}", "{}"])
        var exported: [String?] = []
        await run(api, exportTraceID: { exported.append($0) }) { Describe() }
        #expect(exported == ["Root=1", "Root=2"])
        #expect(
            api.reports
                == (1...2).map {
                    .response(
                        requestID: "request-\($0)",
                        body:
                            #"["request-\#($0)","1795293556000","arn:aws:lambda:eu-central-1:123456789012:function:Echo","Root=\#($0)"]"#
                    )
                }
        )
    }

    @Test(arguments: [
        ("", "It is not valid JSON."),
        ("{", "It is not valid JSON."),
        ("{}", "'text' is missing."),
        (#"{"text":1}"#, "'text' is not a String."),
        (#"{"text":null}"#, "'text' is null and not a String."),
        (#"{"text":"","list":[{"text":true}]}"#, "'list.0.text' is not a String."),
    ])
    func reportsAnUndecodableEventAndContinues(event: String, reason: String) async {
        let api = StubRuntimeAPI(events: [event, #"{"text":"x"}"#])
        await run(api) { Echo() }
        #expect(
            api.reports == [
                .failure(
                    requestID: "request-1",
                    ErrorReport(
                        errorType: "Runtime.UnmarshalError",
                        errorMessage: "The event is not a Message: \(reason)"
                    )
                ),
                .response(requestID: "request-2", body: #"{"text":"x"}"#),
            ]
        )
    }

    @Test func reportsOnlyTheTypeOfAnErrorAndContinues() async {
        let api = StubRuntimeAPI(events: ["{}", "{}"])
        await run(api) { Fail(error: Secretive(secret: "hunter2")) }
        let report = ErrorReport(
            errorType: "Function.Secretive",
            errorMessage: "The function failed with Secretive; see its log."
        )
        #expect(
            api.reports == [.failure(requestID: "request-1", report), .failure(requestID: "request-2", report)]
        )
    }

    @Test func reportsTheMessageOfALambdaError() async {
        let api = StubRuntimeAPI(events: ["{}"])
        await run(api) { Fail(error: Unauthorized()) }
        #expect(
            api.reports == [
                .failure(
                    requestID: "request-1",
                    ErrorReport(errorType: "Function.Unauthorized", errorMessage: "Unauthorized")
                )
            ]
        )
    }

    @Test func reportsAnUnencodableResponse() async {
        let api = StubRuntimeAPI(events: ["{}"])
        await run(api) { NotANumber() }
        #expect(
            api.reports == [
                .failure(
                    requestID: "request-1",
                    ErrorReport(
                        errorType: "Runtime.MarshalError",
                        errorMessage: "A Double cannot be encoded as JSON; see the log."
                    )
                )
            ]
        )
    }

    @Test func continuesAfterARejectedResponse() async {
        let log = InMemoryLogHandler()
        let api = StubRuntimeAPI(events: [#"{"text":"x"}"#, #"{"text":"y"}"#], refusesResponses: true)
        await run(api, log: log) { Echo() }
        #expect(log.entries.map(\.message) == ["Lambda refused the response", "Lambda refused the response"])
    }

    @Test func reportsAHandlerThatCannotBeBuiltAndRequestsNoEvent() async {
        let api = StubRuntimeAPI(events: ["{}"])
        let failure = await run(api) { () throws -> Echo in throw Secretive(secret: "hunter2") }
        guard case .initializationFailed = failure else {
            Issue.record("ended with \(failure)")
            return
        }
        #expect(
            api.reports == [
                .initializationFailure(
                    ErrorReport(
                        errorType: "Function.Secretive",
                        errorMessage: "The function failed with Secretive; see its log."
                    )
                )
            ]
        )
    }

    @Test func logsTheRequestIDButNotTheEvent() async {
        let log = InMemoryLogHandler()
        let api = StubRuntimeAPI(events: [#"{"text":["private"]}"#, #"{"text":"private"}"#])
        await run(api, log: log) { Fail(error: Unauthorized()) }
        #expect(log.entries.map(\.level) == [.error, .error])
        #expect(log.entries.map { $0.metadata["requestId"] } == ["request-1", "request-2"])
        #expect(log.entries.allSatisfy { !"\($0)".contains("private") })
    }

    @Test func logsAnErrorAtItsOwnLevel() async {
        let log = InMemoryLogHandler()
        await run(StubRuntimeAPI(events: [#"{}"#]), log: log) { Fail(error: Unauthorized(logLevel: .info)) }
        #expect(log.entries.map(\.level) == [.info])
    }

    @Test(arguments: [
        ("Unauthorized", "Function.Unauthorized"), ("notFound", "Function.NotFound"),
        ("Generic<Int, String>", "Function.GenericIntString"),
        ("Fehler404Ä", "Function.Fehler"), ("_1", "Function.Unknown"),
    ])
    func formatsErrorTypesAsLambdaAcceptsThem(name: String, errorType: String) {
        #expect(ErrorReport.errorType(named: name) == errorType)
    }

    @Test func writesTheErrorDocument() throws {
        let report = ErrorReport(errorType: "Function.Unauthorized", errorMessage: "a \"quoted\"\nline")
        let document = try JSONDecoder().decode(ErrorDocument.self, from: report.document)
        #expect(
            document == ErrorDocument(errorType: report.errorType, errorMessage: report.errorMessage, stackTrace: [])
        )
    }

    // MARK: Helpers

    /// Runs until the stub has no more events.
    @discardableResult
    private func run<Handler: LambdaHandler>(
        _ api: StubRuntimeAPI,
        log: InMemoryLogHandler = InMemoryLogHandler(),
        exportTraceID: @escaping (String?) -> Void = { _ in },
        _ makeHandler: () async throws -> Handler
    ) async -> RunLoop<StubRuntimeAPI>.Failure {
        let logger = Logger(label: "test") { _ in log }
        do {
            try await RunLoop(api: api, logger: logger, exportTraceID: exportTraceID).run(makeHandler)
        } catch {
            return error
        }
    }
}

private struct Message: Codable {
    struct Item: Codable { var text: String }
    var text: String
    var list: [Item]?
}

private struct Anything: Decodable {}

private struct Echo: LambdaHandler {
    func handle(_ event: Message, context: LambdaContext) async throws -> Message { event }
}

private struct Describe: LambdaHandler {
    func handle(_ event: Anything, context: LambdaContext) async throws -> [String] {
        [context.requestID, "\(context.deadline)", context.invokedFunctionARN, context.traceID ?? ""]
    }
}

private struct Fail: LambdaHandler {
    let error: any Error
    func handle(_ event: Anything, context: LambdaContext) async throws -> String { throw error }
}

private struct NotANumber: LambdaHandler {
    func handle(_ event: Anything, context: LambdaContext) async throws -> Double { .nan }
}

private struct Secretive: Error { var secret: String }

private struct Unauthorized: LambdaError {
    var errorMessage: String { "Unauthorized" }
    var logLevel = Logger.Level.error
}

private struct ErrorDocument: Decodable, Equatable {
    var errorType: String
    var errorMessage: String
    var stackTrace: [String]
}
