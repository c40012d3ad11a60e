import Foundation
import Subprocess

/// A database, used through Postgres' own programs.
struct Postgres: Sendable {
    let url: String

    @discardableResult
    func run(_ sql: String) async throws -> String {
        try await output(of: "psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", url], input: sql)
    }

    /// Another database on the same server.
    func create(_ name: String) async throws -> Postgres {
        try await run("CREATE DATABASE \(name)")
        guard var components = URLComponents(string: url) else { throw Failure("DATABASE_URL is not a URL.") }
        components.path = "/\(name)"
        guard let other = components.string else { throw Failure("DATABASE_URL is not a URL.") }
        return Postgres(url: other)
    }

    /// The number of transactions that have written something so far. Unlike the statistics, it is up to date.
    func transactions() async throws -> Int {
        guard let count = Int(try await run("SELECT pg_snapshot_xmax(pg_current_snapshot())")) else {
            throw Failure("Postgres did not count its transactions.")
        }
        return count
    }

    /// Runs a pgbench script repeatedly and returns the transactions per second.
    func bench(
        _ script: String,
        clients: Int = 1,
        seconds: Int,
        variables: [String: String] = [:],
        settings: String = ""
    ) async throws -> Double {
        let arguments =
            ["-n", "-M", "prepared", "-c", "\(clients)", "-j", "1", "-T", "\(seconds)", "-f", "-"]
            + variables.flatMap { ["-D", "\($0.key)=\($0.value)"] } + [url]
        let report = try await output(
            of: "pgbench",
            arguments,
            environment: ["PGOPTIONS": settings],
            input: script
        )
        guard let match = report.firstMatch(of: /tps = ([0-9.]+)/), let rate = Double(match.1) else {
            throw Failure("pgbench printed no rate: \(report)")
        }
        return rate
    }
}
