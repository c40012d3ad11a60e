import ChatCore
import ChatStore
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

        func handler(failing: Bool = false) -> MigrateSchemaHandler {
            MigrateSchemaHandler(
                migrate: {
                    self.migrations.withLock { $0 += 1 }
                    if failing { throw Failure() }
                    return ["1 chat"]
                },
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
        _ = try await witness.handler(failing: true).handle(event(.create), context: .test)

        let response = try #require(witness.responses.withLock { $0.first })
        #expect(response.status == .failed)
        #expect(response.reason == "no database")
        let expected: JSON = [
            "Status": "FAILED", "Reason": "no database", "PhysicalResourceId": "schema", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Schema",
        ]
        #expect(try JSON(String(decoding: response.json(), as: UTF8.self)) == expected)
    }

    @Test func keepsTheIDOfAResourceThatIsThere() async throws {
        let witness = Witness()
        let response = try await witness.handler().handle(event(.delete, id: "older"), context: .test)
        #expect(response.physicalResourceId == "older")
    }
}
