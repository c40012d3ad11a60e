import SAMTemplate
import Testing

@Suite("Nested stacks")
struct SAMTemplateNestedStackTests {
    private func fixture() throws -> Application {
        try TemplateReader(contentsOf: projectFile("Tests/Fixtures/Templates/Nested/template.yaml")).application()
    }

    @Test func resourcesOfAllStacksAreRead() throws {
        let application = try fixture()
        #expect(application.functions.map(\.logicalID) == ["Shop", "Orders.Worker", "Billing.Worker"])
        #expect(application.functions.map(\.name) == ["Shop", "Orders-Worker", "Billing-Worker"])
        #expect(application.queues.map(\.logicalID) == ["Results", "Orders.Jobs"])
        #expect(application.buckets.map(\.name) == ["local-orders-storage-files"])
        #expect(application.unsupported.map(\.logicalID) == ["Orders.Topic"])
    }

    @Test func codeIsRelativeToTheOutermostTemplate() throws {
        #expect(try fixture().functions.map(\.codeURI) == ["shop", "services/./worker", nil])
    }

    @Test func parametersArePassedDown() throws {
        let worker = try #require(try fixture().functions.first { $0.logicalID == "Orders.Worker" })
        #expect(worker.environment == ["STACK": "local-Orders", "LAST": "grace"])
        #expect(worker.asynchronous.onFailure == "arn:aws:sqs:us-east-1:123456789012:Results")
    }

    @Test func outputsArePassedUpAndAcross() throws {
        let application = try fixture()
        let api = "http://127.0.0.1:3000"
        #expect(
            application.functions[0].environment == [
                "JOBS": "http://127.0.0.1:3001/123456789012/Orders-Jobs", "ORDERS": "\(api)/orders",
            ]
        )
        #expect(application.functions[2].environment == ["API": api])
        #expect(application.outputs == ["Url": "\(api)/x", "Depth": "local-orders-storage-files"])
    }

    @Test func eventsReachTheFunctionsOfNestedStacks() throws {
        let application = try fixture()
        #expect(application.eventSourceMappings.map(\.function) == ["Orders.Worker"])
        let api = try #require(application.httpAPIs.first)
        #expect(api.logicalID == "Orders.ServerlessHttpApi")
        #expect(api.routes.map(\.integration) == [.function(logicalID: "Orders.Worker", timeout: 30_000)])
    }
}
