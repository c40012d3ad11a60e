import EmulatorCore
import FoundationEssentials
import Testing

@testable import GatewayCore

@Suite struct GatewayIdentifierTests {
    private func bytes(_ id: String) throws -> [UInt8] {
        let standard = id.replacing("-", with: "+").replacing("_", with: "/")
        return [UInt8](try #require(Data(base64Encoded: standard)))
    }

    /// Ids of AWS from Tests/Fixtures/Events.
    private static let recorded = (
        connection: "R1kmxc2VNjMCFIA=", message: "R1knPc2ntjMCFIA=", request: "R1knPH17NjMFftw="
    )

    @Test func haveTheLayoutOfRecordedIDs() throws {
        let connection = GatewayIdentifier.connection()
        let pairs = [
            (connection, Self.recorded.connection), (GatewayIdentifier.message(on: connection), Self.recorded.message),
            (GatewayIdentifier.request(), Self.recorded.request),
        ]
        for (made, recorded) in pairs {
            #expect(made.count == recorded.count)
            #expect(made.last == "=")
            #expect(try bytes(made).count == 11)
            #expect(try bytes(made)[8] == bytes(recorded)[8])
        }
    }

    @Test(arguments: [recorded.connection, GatewayIdentifier.connection()])
    func messageIDsEndLikeTheirConnectionID(_ connection: String) throws {
        let message = GatewayIdentifier.message(on: connection)
        #expect(try bytes(message).suffix(3) == bytes(connection).suffix(3))
        #expect(try bytes(message).prefix(8) != bytes(connection).prefix(8))
    }

    @Test func areURLSafeAndUnique() {
        let ids = (0..<1_000).map { _ in GatewayIdentifier.connection() }
        #expect(Set(ids).count == 1_000)
        #expect(ids.allSatisfy { !$0.contains("+") && !$0.contains("/") })
    }

    @Test(arguments: [
        (recorded.connection, true), ("IU3kkeN4IAMCJwA=", true), ("", false), ("abc", false),
        ("R1kmxc2VNjMCFIAA", false),
        ("R1kmxc2VNjMCF+A=", false), ("R1kmxc2VNjMCF/A=", false), ("R1kmxc2VNjMC!IA=", false),
        ("R1kmxc2VNjMCFI==", false), ("R1kmxc2VNjMCFIA=R1kmxc2VNjMCFIA=", false),
    ])
    func recognizesWellFormedIDs(_ id: String, _ expected: Bool) {
        #expect(GatewayIdentifier.isWellFormed(id) == expected)
    }

    @Test(arguments: [
        (1_705_751_700_453 as Int64, "20/Jan/2024:11:55:00 +0000", "2024-01-20T11:55:00.453Z"),
        (0, "01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00.000Z"),
        (1_709_251_199_009, "29/Feb/2024:23:59:59 +0000", "2024-02-29T23:59:59.009Z"),
    ])
    func formatsTimes(_ milliseconds: Int64, _ requestTime: String, _ iso8601: String) {
        let time = UnixTime(milliseconds: milliseconds)
        #expect(time.requestTime == requestTime)
        #expect(time.iso8601 == iso8601)
    }

    @Test func traceIDsHaveTheFormOfXRay() {
        #expect(TraceID.makeRoot().wholeMatch(of: /Root=1-[0-9a-f]{8}-[0-9a-f]{24}/) != nil)
    }
}
