import Identity
import Synchronization
import Testing

@Suite struct KeySourceTests {
    private let keySet = Array(#"{"keys":[]}"#.utf8)

    @Test(arguments: ["https://issuer.example", "https://issuer.example/"])
    func followsTheDiscoveryDocument(issuer: String) async throws {
        let fetcher = StubFetcher([
            "https://issuer.example/.well-known/openid-configuration":
                #"{"issuer":"\#(issuer)","jwks_uri":"https://keys.example/set","other":[]}"#,
            "https://keys.example/set": #"{"keys":[]}"#,
        ])
        #expect(try await DiscoveredKeySource(issuer: issuer, fetcher: fetcher).fetchKeySet() == keySet)
    }

    @Test func usesTheDefaultURLWithoutADiscoveryDocument() async throws {
        let fetcher = StubFetcher(["https://issuer.example/pool/.well-known/jwks.json": #"{"keys":[]}"#])
        let source = DiscoveredKeySource(issuer: "https://issuer.example/pool", fetcher: fetcher)
        #expect(try await source.fetchKeySet() == keySet)
        #expect(
            fetcher.urls == [
                "https://issuer.example/pool/.well-known/openid-configuration",
                "https://issuer.example/pool/.well-known/jwks.json",
            ]
        )
    }

    @Test func usesAConfiguredKeySetURL() async throws {
        let fetcher = StubFetcher(["https://keys.example/set": #"{"keys":[]}"#])
        let source = DiscoveredKeySource(
            issuer: "https://issuer.example",
            keySetURL: "https://keys.example/set",
            fetcher: fetcher
        )
        #expect(try await source.fetchKeySet() == keySet)
        #expect(fetcher.urls == ["https://keys.example/set"])
    }

    @Test(arguments: [
        "", "{}", #"{"jwks_uri":"https://keys.example/set"}"#, #"{"issuer":"https://issuer.example"}"#,
        #"{"issuer":"https://attacker.example","jwks_uri":"https://keys.example/set"}"#,
    ])
    func isUnavailableIfTheDiscoveryDocumentIsInvalid(document: String) async throws {
        let fetcher = StubFetcher([
            "https://issuer.example/.well-known/openid-configuration": document,
            "https://keys.example/set": #"{"keys":[]}"#,
        ])
        let source = DiscoveredKeySource(issuer: "https://issuer.example", fetcher: fetcher)
        await #expect(throws: IdentityError.self) { try await source.fetchKeySet() }
    }

    @Test func isUnavailableIfThereIsNoKeySet() async throws {
        let source = DiscoveredKeySource(issuer: "https://issuer.example", fetcher: StubFetcher([:]))
        await #expect(throws: IdentityError.self) { try await source.fetchKeySet() }
    }

    // MARK: Over HTTP

    @Test(arguments: [(200, "x" as String?), (404, nil)])
    func returnsNilForAMissingDocument(status: Int, body: String?) async throws {
        let server = try await ScriptedServer([.respond("HTTP/1.1 \(status) X\r\nContent-Length: 1\r\n\r\nx")])
        #expect(try await HTTPDocumentFetcher().fetch("http://\(server.address)/a") == body.map { Array($0.utf8) })
        #expect(server.requests.first?.hasPrefix("GET /a HTTP/1.1\r\n") == true)
        try await server.stop()
    }

    @Test func followsARedirectOnTheSameHost() async throws {
        let server = try await ScriptedServer([
            .respond("HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
            .respond("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        ])
        #expect(try await HTTPDocumentFetcher().fetch("http://\(server.address)/a") == Array("x".utf8))
        #expect(server.requests.last?.hasPrefix("GET /b HTTP/1.1\r\n") == true)
        try await server.stop()
    }

    @Test func doesNotFollowARedirectToAnotherHost() async throws {
        let elsewhere = try await ScriptedServer([.respond("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")])
        let server = try await ScriptedServer([
            .respond("HTTP/1.1 302 X\r\nLocation: http://\(elsewhere.address)/\r\nContent-Length: 0\r\n\r\n")
        ])
        await #expect(throws: IdentityError.self) {
            try await HTTPDocumentFetcher().fetch("http://\(server.address)/a")
        }
        #expect(elsewhere.requests.isEmpty)
        try await server.stop()
        try await elsewhere.stop()
    }

    @Test func limitsTheNumberOfRedirects() async throws {
        let server = try await ScriptedServer { _ in
            .respond("HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        }
        await #expect(throws: IdentityError.self) {
            try await HTTPDocumentFetcher().fetch("http://\(server.address)/a")
        }
        #expect(server.requests.count == 4)
        try await server.stop()
    }

    @Test(arguments: [
        "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n", "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n\(String(repeating: "x", count: 1_048_577))",
    ])
    func isUnavailableForAnyOtherResponse(answer: String) async throws {
        let server = try await ScriptedServer { _ in .respondAndClose(answer) }
        await #expect(throws: IdentityError.self) {
            try await HTTPDocumentFetcher().fetch("http://\(server.address)/a")
        }
        try await server.stop()
    }

    @Test(arguments: ["http://127.0.0.1:1/", "not a url", "ftp://issuer.example", ""])
    func isUnavailableIfTheServerIsUnreachable(url: String) async throws {
        await #expect(throws: IdentityError.self) { try await HTTPDocumentFetcher().fetch(url) }
    }
}

private final class StubFetcher: DocumentFetcher {
    private let documents: [String: String]
    private let asked = Mutex<[String]>([])

    init(_ documents: [String: String]) { self.documents = documents }

    var urls: [String] { asked.withLock { $0 } }

    func fetch(_ url: String) async throws(IdentityError) -> [UInt8]? {
        asked.withLock { $0.append(url) }
        return documents[url].map { Array($0.utf8) }
    }
}
