import ChatCore
import ChatStore
import ServiceEvents
import Synchronization
import TestSupport
import Testing

@testable import MigrateSchema

struct MigrateSchemaTests {
    private struct Failure: Error, CustomStringConvertible {
        var description: String { "no database" }
    }

    /// Records the responses to CloudFormation and the number of migration attempts.
    private final class Recorder: Sendable {
        let responses = Mutex<[CustomResourceResponse]>([])
        let migrations = Mutex(0)

        /// A handler whose first attempts throw `failures`, and whose invocation has time for `retries`.
        func handler(failures: [any Error] = [], retries: Int = 0) -> MigrateSchemaHandler {
            MigrateSchemaHandler(
                migrate: {
                    let count = self.migrations.withLock { count in
                        count += 1
                        return count
                    }
                    if count <= failures.count { throw failures[count - 1] }
                    return SchemaMigration.Outcome(applied: ["1 chat"], reachableDatabases: ["postgres"])
                },
                waitBeforeRetry: { _ in self.migrations.withLock { $0 } <= retries },
                respond: { response, url in
                    #expect(url == "https://example.com/response")
                    self.responses.withLock { $0.append(response) }
                }
            )
        }
    }

    private func event(_ type: CustomResourceEvent.RequestType, id: String? = nil) -> CustomResourceEvent {
        CustomResourceEvent(
            requestType: type,
            responseURL: "https://example.com/response",
            stackId: "stack",
            requestId: "request",
            resourceType: "Custom::Schema",
            logicalResourceId: "Schema",
            physicalResourceId: id
        )
    }

    @Test(arguments: [(CustomResourceEvent.RequestType.create, nil, 1), (.update, "schema", 1), (.delete, "schema", 0)])
    func respondsToEveryRequest(type: CustomResourceEvent.RequestType, id: String?, migrations: Int) async throws {
        let recorder = Recorder()
        _ = try await recorder.handler().handle(event(type, id: id), context: .test)

        let response = CustomResourceResponse(to: event(type), status: .success, physicalResourceId: "schema")
        #expect(recorder.responses.withLock { $0 } == [response])
        #expect(recorder.migrations.withLock { $0 } == migrations)
    }

    @Test func reportsAFailureToCloudFormation() async throws {
        let recorder = Recorder()
        _ = try await recorder.handler(failures: [Failure()], retries: 9).handle(event(.create), context: .test)

        let response = try #require(recorder.responses.withLock { $0.first })
        #expect(response.status == .failed)
        #expect(response.reason == "no database")
        let expected: JSON = [
            "Status": "FAILED", "Reason": "no database", "PhysicalResourceId": "schema", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Schema",
        ]
        #expect(try JSON(String(decoding: response.json(), as: UTF8.self)) == expected)
    }

    private static func unreachable(_ code: PostgresError.Code) -> MigrationError {
        MigrationError(.failed, "It failed.", underlying: PostgresError(code, message: "No route."))
    }

    @Test func waitsForADatabaseThatCannotBeReachedYet() async throws {
        let recorder = Recorder()
        let failures = [PostgresError.Code.connectionFailed, .timedOut, .connectionLost].map(Self.unreachable)
        let response = try await recorder.handler(failures: failures, retries: 3)
            .handle(event(.create), context: .test)
        #expect(response.status == .success)
        #expect(recorder.migrations.withLock { $0 } == 4)
    }

    @Test func givesUpWhenTimeRunsOut() async throws {
        let recorder = Recorder()
        let failures = Array(repeating: Self.unreachable(.connectionFailed), count: 9)
        let response = try await recorder.handler(failures: failures, retries: 2)
            .handle(event(.create), context: .test)
        #expect(response.status == .failed)
        #expect(response.reason?.contains("No route.") == true)
        #expect(recorder.migrations.withLock { $0 } == 3)
    }

    @Test func doesNotRetryAfterAnErrorOfTheServer() async throws {
        let recorder = Recorder()
        let response = try await recorder.handler(failures: [Self.unreachable(.server)], retries: 9)
            .handle(event(.create), context: .test)
        #expect(response.status == .failed)
        #expect(recorder.migrations.withLock { $0 } == 1)
    }

    @Test(arguments: [
        (CustomResourceEvent.RequestType.update, CustomResourceResponse.Status.success), (.create, .failed),
    ])
    func acceptsANewerSchemaInAnUpdateOnly(
        type: CustomResourceEvent.RequestType,
        status: CustomResourceResponse.Status
    ) async throws {
        let recorder = Recorder()
        let newer = MigrationError(.databaseIsNewer, "The database has migration 9.")
        let response = try await recorder.handler(failures: [newer]).handle(event(type), context: .test)
        #expect(response.status == status)
    }

    @Test func keepsThePhysicalIDOfAnExistingResource() async throws {
        let recorder = Recorder()
        let response = try await recorder.handler().handle(event(.delete, id: "older"), context: .test)
        #expect(response.physicalResourceId == "older")
    }
}
