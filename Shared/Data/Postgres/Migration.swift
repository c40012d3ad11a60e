/// One step of a database's schema. An applied migration must never change; add a new one instead.
public struct Migration: Sendable, Equatable {
    /// A positive number. Migrations are applied in ascending order.
    public var version: Int
    public var name: String
    /// One or more statements, executed in the same transaction that records the migration. They must not end the
    /// transaction, and must be allowed in one (`CREATE INDEX CONCURRENTLY` is not).
    public var sql: String

    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}
