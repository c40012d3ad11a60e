public import Postgres

/// The tables of the chat, as steps that are applied in order and never changed once they were released.
public enum Schema {
    /// Every file of the folder `Schema`, in the order of their numbers.
    public static let migrations: [Migration] = [
        // SwiftPM replaces the digit a name must not begin with.
        Migration(version: 1, name: "chat", sql: String(decoding: PackageResources._001_chat_sql, as: UTF8.self)),
        Migration(version: 2, name: "files", sql: String(decoding: PackageResources._002_files_sql, as: UTF8.self)),
    ]
}
