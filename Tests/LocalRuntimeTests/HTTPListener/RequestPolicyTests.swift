import HTTPListener
import NIOHTTP1
import Testing

@Suite struct RequestPolicyTests {
    /// One request, and whether it is admitted for each kind of pages.
    struct Case: Sendable, CustomTestStringConvertible {
        var headers: HTTPHeaders
        var every: RequestPolicy.Denial?
        var trusted: RequestPolicy.Denial?
        var none: RequestPolicy.Denial?

        /// - Parameter denials: For every page, for trusted pages, and for no page.
        init(
            _ headers: HTTPHeaders,
            _ every: RequestPolicy.Denial?,
            _ trusted: RequestPolicy.Denial?,
            _ none: RequestPolicy.Denial?
        ) {
            self.headers = headers
            (self.every, self.trusted, self.none) = (every, trusted, none)
        }

        var testDescription: String { headers.map { "\($0.name): \($0.value)" }.joined(separator: ", ") }
    }

    static let here = "127.0.0.1:3000"

    static let cases: [Case] = [
        // Programs.
        Case(["Host": here], nil, nil, nil),
        Case(["Host": here, "Sec-Fetch-Mode": "cors"], nil, nil, nil),
        Case(["Host": here, "User-Agent": "Boto3/1.40"], nil, nil, nil),
        // The page of this server.
        Case(["Host": here, "Origin": "http://127.0.0.1:3000"], nil, nil, .page),
        Case(["Host": "localhost", "Origin": "http://localhost"], nil, nil, .page),
        Case(["Host": "localhost:80", "Origin": "http://localhost"], nil, nil, .page),
        Case(["Host": here, "Sec-Fetch-Site": "same-origin"], nil, nil, .page),
        Case(["Host": here, "Referer": "http://127.0.0.1:3000/_local/"], nil, nil, .page),
        // The user has entered the address.
        Case(["Host": here, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"], nil, nil, .page),
        // A listed page.
        Case(["Host": here, "Origin": "https://app.test", "Sec-Fetch-Site": "cross-site"], nil, nil, .page),
        Case(["Host": here, "Origin": "https://app.test:443"], nil, nil, .page),
        Case(["Host": here, "Referer": "https://app.test/x"], nil, nil, .page),
        Case(["Host": here, "Referer": "https://app.test/x", "Sec-Fetch-Site": "cross-site"], nil, .page, .page),
        // Other pages.
        Case(["Host": here, "Origin": "http://127.0.0.1:3001"], nil, .page, .page),
        Case(["Host": here, "Origin": "https://127.0.0.1:3000"], nil, .page, .page),
        Case(["Host": here, "Origin": "http://localhost:3000"], nil, .page, .page),
        Case(["Host": here, "Origin": "http://app.test"], nil, .page, .page),
        Case(["Host": here, "Origin": "null"], nil, .page, .page),
        Case(["Host": here, "Origin": ""], nil, .page, .page),
        Case(["Host": here, "Origin": "http://127.0.0.1:3000", "origin": "https://evil.test"], nil, .page, .page),
        Case(["Host": here, "Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "cross-site"], nil, .page, .page),
        Case(["Host": here, "Sec-Fetch-Site": "cross-site"], nil, .page, .page),
        Case(["Host": here, "Sec-Fetch-Site": "same-site"], nil, .page, .page),
        Case(["Host": here, "Sec-Fetch-Site": "something-new"], nil, .page, .page),
        Case(["Host": here, "Referer": "https://evil.test/"], nil, .page, .page),
        Case(["Host": here, "Referer": "http://127.0.0.1:3001/bucket/x.html"], nil, .page, .page),
        Case(["Host": here, "Sec-Fetch-Dest": "script"], nil, nil, .page),
        // Foreign hosts: a record of their DNS points here.
        Case(["Host": "evil.test:3000"], .host, .host, .host),
        Case(["Host": "evil.test:3000", "Origin": "http://evil.test:3000"], .host, .host, .host),
        Case(["Host": "10.0.0.1:3000"], .host, .host, .host),
        Case(["Host": "127.0.0.1.evil.test"], .host, .host, .host),
        Case(["Host": "127.0.0.1:3000:80"], .host, .host, .host),
        Case(["Host": "user@127.0.0.1"], .host, .host, .host),
        Case([:], .host, .host, .host),
        Case(["Host": "localhost", "host": "evil.test"], .host, .host, .host),
        // Listed hosts: not for the console, which a tunnel would otherwise publish.
        Case(["Host": "tunnel.test"], nil, .host, nil),
        Case(["Host": "a.b.tunnels.test:443"], nil, .host, nil),
        Case(["Host": "tunnels.test"], .host, .host, .host),
        Case(["Host": "nottunnel.test"], .host, .host, .host),
        // The host of a listed origin.
        Case(["Host": "app.test", "Origin": "https://app.test"], .host, nil, .host),
    ]

    @Test(arguments: cases) func admits(_ request: Case) throws {
        let policy = RequestPolicy(
            allowedHosts: ["tunnel.test", ".tunnels.test"],
            trustedOrigins: [try #require(PageOrigin("https://app.test"))]
        )
        #expect(policy.denial(of: request.headers, for: .every) == request.every)
        #expect(policy.denial(of: request.headers, for: .trusted) == request.trusted)
        #expect(policy.denial(of: request.headers, for: .none) == request.none)
    }

    /// An address cannot be a foreign name, so a listener that other machines reach accepts each.
    @Test(
        arguments: ["0.0.0.0", "::", "192.168.1.7"],
        ["192.168.1.7:3000", "10.0.0.1", "[fe80::1]:3000", "localhost"]
    )
    func acceptsAddressesWhereOtherMachinesConnect(listeningHost: String, host: String) {
        let policy = RequestPolicy(listeningHost: listeningHost)
        #expect(policy.denial(of: ["Host": host], for: .every) == nil)
        #expect(policy.denial(of: ["Host": "evil.test"], for: .every) == .host)
    }

    @Test func acceptsTheNameThatItListensOn() {
        let policy = RequestPolicy(listeningHost: "DevBox.internal")
        #expect(policy.denial(of: ["Host": "devbox.internal:3000"], for: .trusted) == nil)
    }

    @Test(
        arguments: [
            ["Origin": "http://127.0.0.1:3000"], ["Referer": "https://a.test/"], ["Sec-Fetch-Site": "none"],
            ["Sec-Fetch-Mode": "navigate"], ["Sec-Fetch-Dest": "document"], ["sec-ch-ua": "Chromium"],
            ["User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"],
        ] as [HTTPHeaders]
    )
    func recognizesBrowsers(headers: HTTPHeaders) { #expect(headers.mayBeFromBrowser) }

    @Test(
        arguments: [
            [:], ["Host": "localhost"], ["User-Agent": "Boto3/1.40 md/Botocore"], ["User-Agent": "aws-cli/2.0"],
            ["Sec-WebSocket-Key": "x"],
        ] as [HTTPHeaders]
    )
    func recognizesPrograms(headers: HTTPHeaders) { #expect(!headers.mayBeFromBrowser) }
}
