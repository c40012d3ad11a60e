import ChatStore

/// Brings the database up to date: the tables, and the role with which the functions use them.
struct SchemaMigration: Sendable {
    /// The database, as the owner of the tables.
    var ownerURL: String
    /// The database, as the functions see it; nil if they use the owner.
    var functionURL: String?
    /// Whether the server serves this database only, so that its other databases can be closed to the functions.
    var ownsServer: Bool

    init(_ environment: Environment) throws {
        ownerURL = try environment.required("DATABASE_URL")
        functionURL = environment["FUNCTION_DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        ownsServer = environment["DATABASE_SERVER_IS_OWN"] == "true"
    }

    struct Outcome: Sendable {
        /// The migrations that were applied.
        var applied: [String]
        /// Other databases on the server that the functions' role can connect to, at most ten.
        var reachableDatabases: [String]
    }

    func run() async throws -> Outcome {
        let client = PostgresClient(uri: ownerURL)
        let applied: Result<[Migration], MigrationError>
        do throws(MigrationError) {
            applied = .success(try await Migrator.apply(Schema.migrations, to: client))
        } catch {
            // A rollback to this release, whose functions need the role too.
            guard error.code == .databaseIsNewer else { throw error }
            applied = .failure(error)
        }
        var reachable: [String] = []
        if let functionURL {
            let role: ApplicationRole
            do throws(PostgresError) {
                role = try ApplicationRole(uri: functionURL)
            } catch {
                throw MigrationError(.failed, "FUNCTION_DATABASE_URL cannot be used.", underlying: error)
            }
            for name in try await role.prepare(with: client, closesOtherDatabases: ownsServer).prefix(10)
            where await Self.canConnect(to: name, as: functionURL) {
                reachable.append(name)
            }
        }
        return Outcome(
            applied: try applied.get().map { "\($0.version) \($0.name)" },
            reachableDatabases: reachable
        )
    }

    /// Whether the server admits the role to a database. Its access rules may refuse what the role's privileges allow.
    private static func canConnect(to database: String, as functionURL: String) async -> Bool {
        var configuration = PostgresClient.Configuration(uri: functionURL)
        configuration.parameters["dbname"] = database
        configuration.reconnectTimeout = .zero
        do {
            try await PostgresClient(configuration).connect()
            return true
        } catch {
            return false
        }
    }
}
