import FileCredentials
import Files
import FoundationEssentials
import TestSupport
import Testing

@testable import FileProxyViewer

struct FileProxyViewerTests {
    private let handler: FileProxyViewerHandler

    init() throws {
        handler = FileProxyViewerHandler(verifier: FileCredentialVerifier(try .test), now: { moment })
    }

    private func isAuthorized(
        _ token: String?,
        fileID: String = "\(photo)",
        inAddition query: [String: String] = [:]
    ) async throws -> Bool {
        let request = HTTPEvent.request("GET /files/{fileId}", from: nil)
        let event = HTTPAuthorizerEvent(
            routeArn: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/$default/GET/files/\(fileID)",
            identitySource: token.map { [$0] },
            routeKey: "GET /files/{fileId}",
            rawPath: "/files/\(fileID)",
            queryStringParameters: token.map { query.merging(["s": $0]) { own, _ in own } } ?? query,
            pathParameters: ["fileId": fileID],
            requestContext: request.requestContext
        )
        return try await handler.handle(event, context: .test).isAuthorized
    }

    @Test func acceptsTheCredentialForTheFile() async throws {
        #expect(try await isAuthorized(.credential(for: photo)))
        #expect(try await isAuthorized(.credential(for: photo), inAddition: ["width": "200"]))
    }

    @Test func refusesOtherCredentials() async throws {
        let good = try String.credential(for: photo)
        #expect(try await !isAuthorized(nil))
        #expect(try await !isAuthorized(""))
        #expect(try await !isAuthorized(.credential(for: video)))
        #expect(try await !isAuthorized(good, fileID: "\(video)"))
        #expect(try await !isAuthorized(good, fileID: "\(photo)".uppercased()))
        #expect(try await !isAuthorized(good, fileID: "../\(photo)"))
        #expect(try await !isAuthorized(good, fileID: ""))
        #expect(try await !isAuthorized("\(good),\(good)"))
        #expect(try await !isAuthorized(.credential(for: photo, at: moment - 100_000)))
        #expect(try await !isAuthorized("\(good.dropLast())\(good.last == "A" ? "E" : "A")"))
    }

    @Test func encodesTheSimpleResponseOfAnAuthorizer() throws {
        let answer = HTTPAuthorizerResponse(isAuthorized: false)
        #expect(try JSON(String(decoding: answer.json(), as: UTF8.self)) == ["isAuthorized": false])
    }
}
