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

    /// What CloudFormation was told, and how often the schema was applied.
    private final class Witness: Sendable {
        let responses = Mutex<[CustomResourceResponse]>([])
        let migrations = Mutex(0)

        /// `failures` are thrown one after the other, and there is time for `retries`.
        func handler(failures: [any Error] = [], retries: Int = 0) -> MigrateSchemaHandler {
            MigrateSchemaHandler(
                migrate: {
                    let count = self.migrations.withLock { count in
                        count += 1
                        return count
                    }
                    if count <= failures.count { throw failures[count - 1] }
                    return ["1 chat"]
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
    func answersEveryRequest(type: CustomResourceEvent.RequestType, id: String?, migrations: Int) async throws {
        let witness = Witness()
        _ = try await witness.handler().handle(event(type, id: id), context: .test)

        let response = CustomResourceResponse(to: event(type), status: .success, physicalResourceId: "schema")
        #expect(witness.responses.withLock { $0 } == [response])
        #expect(witness.migrations.withLock { $0 } == migrations)
    }

    @Test func tellsCloudFormationOfAFailure() async throws {
        let witness = Witness()
        _ = try await witness.handler(failures: [Failure()], retries: 9).handle(event(.create), context: .test)

        let response = try #require(witness.responses.withLock { $0.first })
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

    @Test func waitsForADatabaseThatIsNotThereYet() async throws {
        let witness = Witness()
        let failures = [PostgresError.Code.connectionFailed, .timedOut, .connectionLost].map(Self.unreachable)
        let response = try await witness.handler(failures: failures, retries: 3)
            .handle(event(.create), context: .test)
        #expect(response.status == .success)
        #expect(witness.migrations.withLock { $0 } == 4)
    }

    @Test func givesUpWhenThereIsNoTime() async throws {
        let witness = Witness()
        let failures = Array(repeating: Self.unreachable(.connectionFailed), count: 9)
        let response = try await witness.handler(failures: failures, retries: 2)
            .handle(event(.create), context: .test)
        #expect(response.status == .failed)
        #expect(response.reason?.contains("No route.") == true)
        #expect(witness.migrations.withLock { $0 } == 3)
    }

    @Test func tellsAtOnceWhatTheDatabaseRefuses() async throws {
        let witness = Witness()
        let response = try await witness.handler(failures: [Self.unreachable(.server)], retries: 9)
            .handle(event(.create), context: .test)
        #expect(response.status == .failed)
        #expect(witness.migrations.withLock { $0 } == 1)
    }

    @Test(arguments: [
        (CustomResourceEvent.RequestType.update, CustomResourceResponse.Status.success), (.create, .failed),
    ])
    func takesANewerSchemaWhenItIsRolledBackTo(
        type: CustomResourceEvent.RequestType,
        status: CustomResourceResponse.Status
    ) async throws {
        let witness = Witness()
        let newer = MigrationError(.databaseIsNewer, "The database has migration 9.")
        let response = try await witness.handler(failures: [newer]).handle(event(type), context: .test)
        #expect(response.status == status)
    }

    @Test func keepsTheIDOfAResourceThatIsThere() async throws {
        let witness = Witness()
        let response = try await witness.handler().handle(event(.delete, id: "older"), context: .test)
        #expect(response.physicalResourceId == "older")
    }
}
