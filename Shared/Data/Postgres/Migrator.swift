/// One step of a database's schema. Once applied it never changes; the next change is a migration of its own.
public struct Migration: Sendable, Equatable {
    /// Positive; migrations are applied in the order of their versions.
    public var version: Int
    public var name: String
    /// One or more statements, executed in one transaction together with their record. They cannot end the
    /// transaction, nor be of those that run outside of one only (`CREATE INDEX CONCURRENTLY`).
    public var sql: String

    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// Why a schema was not brought up to date. Migrations before the one that failed stay applied.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure this is; new codes may be added, so it is not an enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case invalid, changed, databaseIsNewer, outOfOrder, failed }
        private let base: Base
        public var description: String { base.rawValue }

        /// The migrations themselves are wrong: a version is not positive or exists twice.
        public static let invalid = Code(base: .invalid)
        /// A migration was changed after it had been applied.
        public static let changed = Code(base: .changed)
        /// The database has a migration that the code does not know.
        public static let databaseIsNewer = Code(base: .databaseIsNewer)
        /// A migration is missing in the database though a later one was applied.
        public static let outOfOrder = Code(base: .outOfOrder)
        /// The database refused; ``MigrationError/underlying`` says why.
        public static let failed = Code(base: .failed)
    }

    public var code: Code
    public var message: String
    public var underlying: PostgresError?

    public init(_ code: Code, _ message: String, underlying: PostgresError? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String {
        "\(code): \(message)" + (underlying.map { " \($0)" } ?? "")
    }
}

/// Brings the schema of a database up to date.
public enum Migrator {
    /// Applies the migrations that the database lacks, each in a transaction of its own, and returns them.
    ///
    /// It may run any number of times at once: one applies, the others wait for it.
    /// - Parameter timeout: for one migration, waiting for others included.
    public static func apply(
        _ migrations: [Migration],
        to client: PostgresClient,
        timeout: Duration = .seconds(300)
    ) async throws(MigrationError) -> [Migration] {
        let migrations = try checked(migrations)
        var applied: [Migration] = []
        while let migration = try await applyNext(of: migrations, to: client, timeout) {
            applied.append(migration)
        }
        return applied
    }

    private static func checked(_ migrations: [Migration]) throws(MigrationError) -> [Migration] {
        let sorted = migrations.sorted { $0.version < $1.version }
        guard sorted.allSatisfy({ $0.version > 0 }), Set(sorted.map(\.version)).count == sorted.count else {
            throw MigrationError(.invalid, "Versions have to be positive and different.")
        }
        return sorted
    }

    private static func applyNext(
        of migrations: [Migration],
        to client: PostgresClient,
        _ timeout: Duration
    ) async throws(MigrationError) -> Migration? {
        do {
            return try await client.withConnection(timeout: timeout) { connection in
                try connection.begin()
                return try connection.finishTransaction { session in
                    try connection.runScript(preparation)
                    let recorded = try session.run(RecordedMigrations())
                    let checksums = try session.run(Checksums(texts: migrations.map(\.sql)))
                    guard let index = try next(of: migrations, checksums, after: recorded) else { return nil }
                    try apply(migrations[index], checksum: checksums[index], to: connection)
                    return migrations[index]
                }
            }
        } catch let error as MigrationError {
            throw error
        } catch {
            throw MigrationError(.failed, "The migrations could not be applied.", underlying: error as? PostgresError)
        }
    }

    /// Takes the lock before all else, because `IF NOT EXISTS` does not keep two from creating the same table. The
    /// number is any that nobody else uses for an advisory lock.
    private static let preparation = """
        SET LOCAL statement_timeout = 0;
        SELECT pg_advisory_xact_lock(7235421969264513396);
        CREATE TABLE IF NOT EXISTS schema_migration (
            version bigint PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """

    /// The index of the first migration to apply, if what was applied before fits.
    private static func next(
        of migrations: [Migration],
        _ checksums: [String],
        after recorded: [RecordedMigration]
    ) throws(MigrationError) -> Int? {
        for (index, record) in recorded.enumerated() {
            guard let known = migrations.firstIndex(where: { $0.version == record.version }) else {
                throw MigrationError(
                    .databaseIsNewer,
                    "The database has migration \(record.version) (\(record.name)), which this code does not know."
                )
            }
            guard known == index else {
                throw MigrationError(
                    .outOfOrder,
                    "Migration \(migrations[index].version) was added after \(record.version) had been applied."
                )
            }
            guard checksums[known] == record.checksum else {
                throw MigrationError(.changed, "Migration \(record.version) was changed after it had been applied.")
            }
        }
        return recorded.count < migrations.count ? recorded.count : nil
    }

    private static func apply(
        _ migration: Migration,
        checksum: String,
        to connection: PostgresConnection
    ) throws(MigrationError) {
        do throws(PostgresError) {
            try connection.runScript(migration.sql)
            guard connection.isInTransaction else {
                throw PostgresError(.server, message: "It ended its own transaction, so what it did may be incomplete.")
            }
            _ = try connection.run(
                RecordMigration(version: migration.version, name: migration.name, checksum: checksum)
            )
        } catch {
            throw MigrationError(
                .failed,
                "Migration \(migration.version) (\(migration.name)) failed and was rolled back.",
                underlying: error
            )
        }
    }
}

// MARK: Statements

private struct RecordedMigration {
    var version: Int64
    var name: String
    var checksum: String
}

private struct RecordedMigrations: Statement {
    static let sql = "SELECT version, name, checksum FROM schema_migration ORDER BY version"
    var parameters: [Parameter] { [] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> RecordedMigration {
        RecordedMigration(version: try row.integer(0), name: try row.text(1), checksum: try row.text(2))
    }
}

private struct RecordMigration: Statement {
    static let sql = "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)"
    var version: Int
    var name: String
    var checksum: String
    var parameters: [Parameter] { [.integer(Int64(version)), .text(name), .text(checksum)] }

    static func decode(_ row: borrowing ResultRow) {}
}

/// Computed by the server, so that a function does not carry a hash for it.
private struct Checksums: Statement {
    static let sql = """
        SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex')
        FROM unnest($1::text[]) WITH ORDINALITY AS migration(text, position) ORDER BY position
        """
    var texts: [String]
    var parameters: [Parameter] { [.textArray(texts)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String {
        try row.text(0)
    }
}
