public import Postgres

/// The chat's tables, as migrations that are applied in order and never change once they are released.
public enum Schema {
    /// The files of the folder `Schema`, in the order of their numbers.
    public static let migrations: [Migration] = [
        // SwiftPM replaces a leading digit, which no Swift name may begin with, by an underscore.
        Migration(version: 1, name: "chat", sql: String(decoding: PackageResources._001_chat_sql, as: UTF8.self)),
        Migration(version: 2, name: "files", sql: String(decoding: PackageResources._002_files_sql, as: UTF8.self)),
        Migration(
            version: 3,
            name: "upload_limits",
            sql: String(decoding: PackageResources._003_upload_limits_sql, as: UTF8.self)
        ),
        Migration(
            version: 4,
            name: "participant_count",
            sql: String(decoding: PackageResources._004_participant_count_sql, as: UTF8.self)
        ),
        Migration(
            version: 5,
            name: "upload_checks",
            sql: String(decoding: PackageResources._005_upload_checks_sql, as: UTF8.self)
        ),
    ]
}
