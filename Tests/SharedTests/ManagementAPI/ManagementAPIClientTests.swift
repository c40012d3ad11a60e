import AWSClient
import AWSSignature
import ChatCore
import Connections
import FoundationEssentials
import ManagementAPI
import Synchronization
import Testing

@Suite struct ManagementAPIClientTests {
    private let payload = Array(#"{"type":"new-message"}"#.utf8)

    @Test func postsTheSignedPayloadToEveryConnection() async throws {
        let connections = (0..<200).map { ConnectionID(rawValue: "ZH7yjcfkFiACE\($0)A=") }
        let server = try await ScriptedServer { _ in .respond(Self.response(200)) }
        try await withClient { client, _ in
            let deliveries = await client.post(payload, to: connections, at: Self.endpoint(of: server))
            #expect(deliveries == Dictionary(uniqueKeysWithValues: connections.map { ($0, .delivered) }))
        }
        #expect(server.connections <= 64)
        let paths = server.requests.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        #expect(Set(paths) == Set((0..<200).map { "/live/%40connections/ZH7yjcfkFiACE\($0)A%3D" }))

        let verifier = SignatureVerifier(service: "execute-api", region: "eu-central-1") { _ in
            .example(sessionToken: "session")
        }
        for request in server.requests {
            try verifier.verify(SignableRequest(parsing: request), at: Date())
            #expect(request.hasSuffix("\r\n\r\n" + #"{"type":"new-message"}"#))
        }
        try await server.stop()
    }

    @Test func reportsTheOutcomeOfEachPost() async throws {
        let server = try await ScriptedServer { request in
            switch request.split(separator: "/").dropFirst(3).first?.prefix(3) {
            case "200": .respond(Self.response(200))
            case "204": .respond("HTTP/1.1 204 No Content\r\n\r\n")
            case "400": .respond(Self.response(400, errorType: "BadRequestException"))
            case "403": .respond(Self.response(403, errorType: "ForbiddenException"))
            case "410": .respond(Self.response(410, errorType: "GoneException"))
            case "413": .respond(Self.response(413, errorType: "PayloadTooLargeException"))
            default: .respond(Self.response(404))
            }
        }
        try await withClient { client, pauses in
            let deliveries = await client.post(
                payload,
                to: ["200", "204", "400", "403", "410", "413"],
                at: Self.endpoint(of: server)
            )
            #expect(deliveries["200"] == .delivered)
            #expect(deliveries["204"] == .delivered)
            #expect(deliveries["410"] == .gone)
            #expect(deliveries["400"] == .failed(reason: "status 400 BadRequestException {}"))
            #expect(deliveries["403"] == .failed(reason: "status 403 ForbiddenException {}"))
            #expect(deliveries["413"] == .failed(reason: "status 413 PayloadTooLargeException {}"))
            #expect(pauses.all.isEmpty)
        }
        #expect(server.requests.count == 6)
        try await server.stop()
    }

    @Test(arguments: [
        ([429, 500, 503, 200], Delivery.delivered), ([429, 410], .gone),
        ([502, 403], .failed(reason: "status 403 {}")),
        ([500, 500, 500, 504, 200], .failed(reason: "status 504, after 4 attempts")),
    ])
    func retriesWithBackOff(statuses: [Int], expected: Delivery) async throws {
        let server = try await ScriptedServer(statuses.map { .respond(Self.response($0)) })
        try await withClient { client, pauses in
            let deliveries = await client.post(payload, to: ["a"], at: Self.endpoint(of: server))
            #expect(deliveries == ["a": expected])
            let attempts = min(statuses.count, 4)
            #expect(server.requests.count == attempts)
            #expect(pauses.all.count == attempts - 1)
            for (pause, longest) in zip(pauses.all, [100, 200, 400]) {
                #expect(pause >= .zero && pause <= .milliseconds(longest))
            }
        }
        try await server.stop()
    }

    @Test func retriesOverANewConnectionWhenOneBreaks() async throws {
        let server = try await ScriptedServer([.close, .respond(Self.response(200))])
        try await withClient { client, _ in
            #expect(await client.post(payload, to: ["a"], at: Self.endpoint(of: server)) == ["a": .delivered])
        }
        try await server.stop()
    }

    @Test func givesUpIfTheServerIsUnreachable() async throws {
        try await withClient { client, pauses in
            let endpoint = ManagementEndpoint(url: "http://127.0.0.1:1/live")
            let deliveries = await client.post(payload, to: ["a"], at: endpoint)
            guard case .failed(let reason) = deliveries["a"] else {
                Issue.record("\(deliveries)")
                return
            }
            #expect(reason.hasSuffix("after 4 attempts"))
            #expect(pauses.all.count == 3)
        }
    }

    @Test func stopsRetryingAtTheTimeLimit() async throws {
        let server = try await ScriptedServer { _ in .respond(Self.response(500)) }
        try await withClient(
            RetryPolicy(baseDelay: .seconds(3_600_000), maximumDelay: .seconds(3_600_000), timeLimit: .seconds(600))
        ) { client, pauses in
            // The probability that the random pauses of all 20 connections fit into the time limit is negligible.
            let connections = (0..<20).map { ConnectionID(rawValue: "\($0)") }
            let deliveries = await client.post(payload, to: connections, at: Self.endpoint(of: server))
            #expect(deliveries.values.contains(.failed(reason: "status 500, and no time is left")))
            #expect(pauses.all.allSatisfy { $0 < .seconds(600) })
        }
        try await server.stop()
    }

    @Test func failureOfOnePostDoesNotAffectOthers() async throws {
        let server = try await ScriptedServer { request in
            request.contains("/bad ") ? .close : .respond(Self.response(200))
        }
        try await withClient { client, _ in
            let deliveries = await client.post(payload, to: ["1", "bad", "2"], at: Self.endpoint(of: server))
            #expect(deliveries["1"] == .delivered)
            #expect(deliveries["2"] == .delivered)
            #expect(deliveries["bad"] != .delivered)
        }
        try await server.stop()
    }

    @Test(arguments: ["", "live", "ftp://host/live", "http:///live", "http://host/live?x=y"])
    func failsIfTheEndpointIsNotAURL(url: String) async throws {
        try await withClient { client, _ in
            let deliveries = await client.post(payload, to: ["a"], at: ManagementEndpoint(url: url))
            #expect(deliveries == ["a": .failed(reason: "'\(url)' is not a URL")])
        }
    }

    @Test func failsWithoutCredentials() async throws {
        let client = ManagementAPIClient(environment: Environment([:]))
        let endpoint = ManagementEndpoint(url: "http://127.0.0.1:1/live")
        #expect(
            await client.post(payload, to: ["a"], at: endpoint) == [
                "a": .failed(reason: "there are no AWS credentials")
            ]
        )
    }

    @Test func doesNothingWithoutConnections() async throws {
        let client = ManagementAPIClient(environment: Environment([:]))
        #expect(await client.post(payload, to: [], at: ManagementEndpoint(url: "")).isEmpty)
    }

    @Test(
        arguments: [
            (nil, "https://abc.execute-api.eu-central-1.amazonaws.com/live"),
            ("", "https://abc.execute-api.eu-central-1.amazonaws.com/live"),
            ("http://127.0.0.1:3001/live/", "http://127.0.0.1:3001/live"),
        ] as [(String?, String)]
    )
    func derivesTheEndpointFromAnEvent(override: String?, url: String) {
        let endpoint = ManagementEndpoint(
            domainName: "abc.execute-api.eu-central-1.amazonaws.com",
            stage: "live",
            override: override
        )
        #expect(endpoint.url == url)
    }

    // MARK: Helpers

    private func withClient(
        _ retryPolicy: RetryPolicy = RetryPolicy(attemptTimeLimit: .seconds(600), timeLimit: .seconds(600)),
        _ body: (ManagementAPIClient, Pauses) async throws -> Void
    ) async throws {
        let pauses = Pauses()
        let client = ManagementAPIClient(
            credentials: .example(sessionToken: "session"),
            region: "eu-central-1",
            retryPolicy: retryPolicy,
            sleep: { pauses.append($0) }
        )
        try await body(client, pauses)
        try await client.shutdown()
    }

    private static func endpoint(of server: ScriptedServer) -> ManagementEndpoint {
        ManagementEndpoint(url: "http://\(server.address)/live")
    }

    private static func response(_ status: Int, errorType: String? = nil) -> String {
        "HTTP/1.1 \(status) X\r\n\(errorType.map { "x-amzn-ErrorType: \($0)\r\n" } ?? "")Content-Length: 2\r\n\r\n{}"
    }
}

/// Records the requested pauses instead of sleeping.
private final class Pauses: Sendable {
    private let storage = Mutex<[Duration]>([])
    var all: [Duration] { storage.withLock { $0 } }
    func append(_ pause: Duration) { storage.withLock { $0.append(pause) } }
}
