import FoundationEssentials
import Glibc

/// Finds the programs of the servers.
enum Programs {
    /// The folder with the programs of Postgres: version 15 if it is installed, otherwise the newest.
    ///
    /// - Parameter version: The major version that created the data; nil if there is no data yet.
    static func postgres(version: Int?, path: String?) throws(DataStoreError) -> String {
        let installed = postgresFolders(path: path)
        if let version {
            if let folder = installed.first(where: { $0.version == version })?.folder { return folder }
            throw DataStoreError(
                .missingProgram,
                "The data directory was created by Postgres \(version), which is not installed. "
                    + "Install it (apt-get install postgresql-\(version)), or choose another directory."
            )
        }
        let usable = installed.filter { $0.version >= 14 }
        if let folder = (usable.first { $0.version == 15 } ?? usable.max { $0.version < $1.version })?.folder {
            return folder
        }
        throw DataStoreError(
            .missingProgram,
            "Postgres 14 or later is not installed (apt-get install postgresql), and DATABASE_URL is not set."
        )
    }

    static func redis(path: String?) throws(DataStoreError) -> String {
        for folder in folders(path) where access("\(folder)/redis-server", X_OK) == 0 {
            return "\(folder)/redis-server"
        }
        throw DataStoreError(
            .missingProgram,
            "Redis is not installed (apt-get install redis-server), and REDIS_URL is not set."
        )
    }

    private static func postgresFolders(path: String?) -> [(version: Int, folder: String)] {
        var result: [(version: Int, folder: String)] = []
        for parent in ["/usr/lib/postgresql", "/usr/pgsql"] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
                guard let version = Int(name) else { continue }
                result.append((version, "\(parent)/\(name)/bin"))
            }
        }
        // In other places a file next to the folder contains the version.
        for folder in folders(path) where access("\(folder)/initdb", X_OK) == 0 {
            let share = "\(folder)/../share"
            for candidate in ["\(share)/postgresql/PG_VERSION", "\(share)/PG_VERSION"] {
                if let version = version(in: candidate) { result.append((version, folder)) }
            }
        }
        return result.filter { access("\($0.folder)/postgres", X_OK) == 0 && access("\($0.folder)/initdb", X_OK) == 0 }
    }

    /// The number in a `PG_VERSION` file.
    static func version(in file: String) -> Int? {
        guard let text = try? String(contentsOf: URL(filePath: file), encoding: .utf8) else { return nil }
        return Int(text.prefix { $0.isNumber })
    }

    private static func folders(_ path: String?) -> [String] {
        (path ?? "").split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/bin", "/usr/sbin"]
    }
}
