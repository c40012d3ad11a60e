import ByteEncodings
import ChildProcesses
import EmulatorCore
import FoundationEssentials
import Glibc

/// A private Postgres with one database, `app`, on a Unix socket that only its owner may use.
struct PostgresServer {
    static let database = "app"
    /// A user that the template's functions may create, so that they need not be the owner of the database.
    static let functionUser = "app_functions"

    let plan: SupervisedServer.Plan
    let url: String
    /// The database as ``functionUser``, who cannot connect to any other.
    let functionURL: String

    /// Creates the cluster if it does not exist.
    init(
        in directory: DataDirectory,
        searchPath: String?,
        watchdog: Watchdog,
        progress: @Sendable (String) -> Void
    ) async throws(DataStoreError) {
        let folder = try directory.createFolder("postgres")
        let cluster = "\(folder)/data"
        let programs = try Programs.postgres(version: Programs.version(in: "\(cluster)/PG_VERSION"), path: searchPath)
        let setup = PostgresSetup(
            programs: programs,
            folder: folder,
            user: directory.user,
            watchdog: watchdog
        )
        if Programs.version(in: "\(cluster)/PG_VERSION") == nil {
            progress("Creating a Postgres database cluster in \(cluster)")
            try await setup.createCluster()
        }
        await LeftoverServer.waitForExit(of: "postgres", pidFile: "\(cluster)/postmaster.pid", signal: SIGINT)
        let settings = [
            "hba_file": try setup.writeAccessRules(),
            "listen_addresses": "",
            "unix_socket_directories": directory.socketDirectory,
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
        ]
        plan = SupervisedServer.Plan(
            name: "Postgres",
            child: ChildProcess(
                executable: "\(programs)/postgres",
                arguments: ["-D", cluster]
                    + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] },
                environment: setup.environment,
                workingDirectory: folder,
                user: directory.user,
                terminationSignal: .interrupt
            ),
            logFile: "\(directory.path)/postgres.log",
            isReady: { Self.isReady($0, cluster: cluster) },
            stopSignal: SIGINT
        )
        let host = PercentEncoding.encode(directory.socketDirectory, keepingSlashes: true)
        url = "postgresql:///\(Self.database)?host=\(host)&user=\(Self.database)"
        functionURL = "postgresql:///\(Self.database)?host=\(host)&user=\(Self.functionUser)"
    }

    /// Reads the status on the eighth line of `postmaster.pid`, as `pg_ctl --wait` does.
    private static func isReady(_ processID: Int32, cluster: String) -> Bool {
        guard let text = try? String(contentsOf: URL(filePath: "\(cluster)/postmaster.pid"), encoding: .utf8) else {
            return false
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count >= 8 && lines[0] == String(processID) && lines[7].hasPrefix("ready")
    }
}

/// Creates a Postgres cluster.
struct PostgresSetup {
    /// The folder with `initdb` and `postgres`.
    var programs: String
    var folder: String
    var user: ChildProcess.User?
    var watchdog: Watchdog

    var environment: [String: String] {
        ["PATH": "\(programs):/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]
    }

    /// Creates the cluster under another name and renames it, so that an incomplete cluster is never used.
    func createCluster() async throws(DataStoreError) {
        let unfinished = "\(folder)/data.unfinished"
        // Not every system has C.UTF-8. The C locale lacks only the case of letters outside of ASCII.
        let isCreated = try await initialize(unfinished, locale: "C.UTF-8")
        if !isCreated, try await !initialize(unfinished, locale: "C") {
            throw DataStoreError(.serverFailed, "initdb failed; its log is \(folder)/initdb.log.")
        }
        let create = #"echo "CREATE DATABASE \#(PostgresServer.database)" | "$0" --single -D "$1" -c fsync=on postgres"#
        guard try await run("/bin/sh", ["-c", create, "\(programs)/postgres", unfinished]) else {
            throw DataStoreError(.serverFailed, "The database cannot be created; see \(folder)/initdb.log.")
        }
        guard rename(unfinished, "\(folder)/data") == 0 else {
            throw DataStoreError(.directoryUnusable, "\(folder)/data cannot be created.")
        }
    }

    /// Writes the rules that say who may connect; returns the path of the file.
    ///
    /// Only the servers' user can enter the folder of the socket, so there are no passwords. The rules close databases
    /// that are created later too, which privileges cannot: every new database is open to all users.
    func writeAccessRules() throws(DataStoreError) -> String {
        let path = "\(folder)/access.conf"
        let rules = """
            local \(PostgresServer.database) \(PostgresServer.functionUser) trust
            local all \(PostgresServer.functionUser) reject
            local all all trust

            """
        unlink(path)
        do throws(PrivateFileError) {
            let file = try PrivateFile.open(path, .createNew)
            defer { close(file) }
            let isOwned = user.map { fchown(file, $0.userID, $0.groupID) == 0 } ?? true
            guard isOwned, rules.withCString({ write(file, $0, strlen($0)) }) == rules.utf8.count else {
                throw PrivateFileError(number: errno, path: path)
            }
        } catch {
            throw DataStoreError(.directoryUnusable, "The access rules of Postgres cannot be written: \(error).")
        }
        return path
    }

    private func initialize(_ cluster: String, locale: String) async throws(DataStoreError) -> Bool {
        try? FileManager.default.removeItem(atPath: cluster)
        return try await run(
            "\(programs)/initdb",
            [
                "--pgdata=\(cluster)", "--encoding=UTF8", "--locale=\(locale)", "--username=\(PostgresServer.database)",
                "--auth=trust",
            ]
        )
    }

    private func run(_ program: String, _ arguments: [String]) async throws(DataStoreError) -> Bool {
        let log: CInt
        do throws(PrivateFileError) {
            log = try PrivateFile.open("\(folder)/initdb.log", .readAndAppend)
        } catch {
            throw DataStoreError(.directoryUnusable, "The log of initdb cannot be written: \(error).")
        }
        let child = ChildProcess(
            executable: program,
            arguments: arguments,
            environment: environment,
            workingDirectory: folder,
            user: user
        )
        do {
            return try await child.run(output: log, watchdog: watchdog) { _ in } == .code(0)
        } catch {
            throw DataStoreError(.serverFailed, error.description)
        }
    }
}
