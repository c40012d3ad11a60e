import Foundation
import Testing

@testable import Redis

/// `rediss://` connections to a real server, with a certificate from an authority created for the test.
@Suite(.serialized)
struct RedisTLSTests {
    let directory: URL
    let server: RedisTestServer
    let port: Int

    init() async throws {
        directory = try RedisTestServer.makeDirectory()
        try Self.makeCertificates(in: directory)
        // The listener is closed at once, so the port is free.
        port = Int(try TestListener().port)
        server = try RedisTestServer(
            directory: directory,
            arguments: [
                "--tls-port", "\(port)", "--tls-cert-file", "server.crt", "--tls-key-file", "server.key",
                "--tls-ca-cert-file", "authority.crt", "--tls-auth-clients", "no",
            ]
        )
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func certificateForTheHostIsAccepted(host: String) async throws {
        try await trusting("authority.crt") {
            let client = try RedisClient(url: "rediss://\(host):\(port)/1")
            let text = String(repeating: "größer", count: 150_000)
            try await client.send(SetString(key: "key", value: text, seconds: 60))
            #expect(try await client.send(GetString(key: "key")) == text)
            // Session tickets have arrived by now. They must not make the client reconnect.
            let id = try await client.send(RedisConnectionTests.ClientID())
            #expect(try await client.send(RedisConnectionTests.ClientID()) == id)
        }
    }

    @Test func deadIdleConnectionIsReplaced() async throws {
        try await trusting("authority.crt") {
            let client = try RedisClient(url: "rediss://localhost:\(port)")
            let killer = try RedisClient(url: server.url)
            for round in 1...3 as ClosedRange<Int64> {
                let id = try await client.send(RedisConnectionTests.ClientID())
                #expect(try await killer.send(AnyCommand("CLIENT", "KILL", "ID", "\(id)")) == .integer(1))
                #expect(try await client.send(RedisConnectionTests.Increment(key: "count")) == round)
            }
        }
    }

    @Test(arguments: [
        ("other-name.crt", "localhost", "hostname mismatch"), ("server.crt", "127.0.0.2", "IP address mismatch"),
    ])
    func certificateForAnotherHostIsRejected(certificate: String, host: String, reason: String) async throws {
        // The certificates share a key, so the server can switch to the other one.
        let admin = try RedisClient(url: server.url)
        _ = try await admin.send(AnyCommand("CONFIG", "SET", "tls-cert-file", certificate))
        try await trusting("authority.crt") {
            let error = await #expect(throws: RedisError.self) {
                try await RedisClient(url: "rediss://\(host):\(port)").send(Ping())
            }
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.lowercased().contains(reason.lowercased()) == true)
        }
    }

    @Test func certificateOfAnUnknownAuthorityIsRejected() async throws {
        try await trusting("other.crt") {
            let error = await #expect(throws: RedisError.self) {
                try await RedisClient(url: "rediss://localhost:\(port)").send(Ping())
            }
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains("certificate is not accepted") == true)
        }
    }

    @Test func serverWithoutTLSIsRejected() async throws {
        let error = await #expect(throws: RedisError.self) {
            try await RedisClient(url: "redis://localhost:\(port)").send(Ping())
        }
        #expect(error?.code == .connectionLost)
    }

    /// Runs `body` while the process trusts one authority only. Changes the environment, so the suite is serialized.
    private func trusting(_ certificate: String, _ body: () async throws -> Void) async throws {
        setenv("SSL_CERT_FILE", directory.appending(path: certificate).path, 1)
        defer { unsetenv("SSL_CERT_FILE") }
        try await body()
    }

    private static func makeCertificates(in directory: URL) throws {
        for authority in ["authority", "other"] {
            try openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(authority) "
                    + "-keyout \(authority).key -out \(authority).crt",
                in: directory
            )
        }
        try openssl("ecparam -name prime256v1 -genkey -noout -out server.key", in: directory)
        for (name, hosts) in [("server", "DNS:localhost,IP:127.0.0.1"), ("other-name", "DNS:example.org,IP:127.0.0.3")]
        {
            let extensions = "subjectAltName=\(hosts)\n"
            try extensions.write(to: directory.appending(path: "\(name).ext"), atomically: false, encoding: .utf8)
            try openssl("req -new -key server.key -subj /CN=\(name) -out \(name).csr", in: directory)
            try openssl(
                "x509 -req -in \(name).csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 1 "
                    + "-extfile \(name).ext -out \(name).crt",
                in: directory
            )
        }
    }

    private static func openssl(_ arguments: String, in directory: URL) throws {
        let process = try ChildProcess(
            ["openssl"] + arguments.split(separator: " ").map(String.init),
            in: directory.path
        )
        process.waitForEnd()
    }
}
