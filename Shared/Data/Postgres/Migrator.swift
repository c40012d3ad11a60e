/// Migrates a database to the latest version of its schema.
public enum Migrator {
    /// Applies the migrations that the database lacks, each in its own transaction, and returns them.
    ///
    /// Concurrent calls are safe: one applies the migrations while the others wait.
    /// - Parameter timeout: The limit for one migration, including the wait for other callers.
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
            throw MigrationError(.invalid, "Versions must be positive and unique.")
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

    /// Takes the lock first, because `IF NOT EXISTS` does not prevent two sessions from creating the same table. The
    /// lock's number is arbitrary.
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

    /// The index of the first migration to apply; nil if all are applied. Throws if the recorded ones do not match.
    private static func next(
        of migrations: [Migration],
        _ checksums: [String],
        after recorded: [RecordedMigration]
    ) throws(MigrationError) -> Int? {
        for (index, record) in recorded.enumerated() {
            guard let known = migrations.firstIndex(where: { $0.version == record.version }) else {
                throw MigrationError(
                    .databaseIsNewer,
                    "The database has migration \(record.version) (\(record.name)), which this code does not have."
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
                throw PostgresError(.server, message: "It ended its own transaction, so its changes may be incomplete.")
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

/// Computed by the server, so that functions need not link a hash function.
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
