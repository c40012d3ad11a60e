/// The role of an application that uses the tables of another role, the owner, and may not change them.
///
/// It can read and write rows. It cannot create, change or drop anything in the database, read the record of the
/// migrations, or become another role. The server limits its statements and idle transactions.
public struct ApplicationRole: Sendable {
    /// The database's name for the role.
    public var name: String
    /// Without a password, the role can only log in where the server asks for none.
    public var password: String?
    /// How long a statement or an idle transaction may take before the server ends it.
    public var limit = Duration.seconds(11)

    /// The role with which connections to a URI log in. Throws ``PostgresError/Code/invalidConfiguration`` if the URI is
    /// malformed or names no user.
    public init(uri: String) throws(PostgresError) {
        guard let settings = ConnectionString.settings(of: uri) else { throw ConnectionFailure.invalidURI.error }
        guard let user = settings["user"], !user.isEmpty else {
            throw PostgresError(.invalidConfiguration, message: "The application's connection string names no user.")
        }
        name = user
        password = settings["password"]
    }

    /// Creates the role, or gives an existing one this password, and grants it the use of the owner's tables, including
    /// tables that the owner creates later. Returns the other databases that the role can connect to.
    ///
    /// It can be called again at any time. It does nothing if the role is the owner itself.
    ///
    /// - Parameters:
    ///   - owner: Connects as the owner of the tables, who needs the right to create roles if this one does not exist.
    ///   - closesOtherDatabases: Whether to withdraw the right to connect to the server's other databases from `PUBLIC`,
    ///     as far as the owner may. Roles that exist keep it. For a server with no other purpose.
    public func prepare(
        with owner: PostgresClient,
        closesOtherDatabases: Bool,
        timeout: Duration = .seconds(60)
    ) async throws(MigrationError) -> [String] {
        do {
            return try await owner.withConnection(timeout: timeout) { connection in
                guard try connection.run(CurrentUser()) != [name] else { return [] }
                try createOrAlter(with: connection)
                try grant(with: connection)
                guard try connection.run(ExcessPrivileges(role: name)) == [] else { throw isTooPowerful }
                if closesOtherDatabases { try closeOtherDatabases(with: connection) }
                return try connection.run(OtherDatabases(role: name))
            }
        } catch let error as MigrationError {
            throw error
        } catch {
            throw MigrationError(
                .failed,
                "The role \(name) could not be prepared.",
                underlying: error as? PostgresError
            )
        }
    }

    private var isTooPowerful: MigrationError {
        MigrationError(
            .failed,
            "The role \(name) may change the schema: it is a superuser, owns a table, is a member of its owner, or may "
                + "create databases, roles, schemas or tables. Choose another user, or revoke these privileges."
        )
    }

    private func createOrAlter(with connection: PostgresConnection) throws {
        let verifier = try password.map { try connection.verifier(of: $0, for: name) }
        let exists = try connection.run(RoleExists(role: name)) == [true]
        let commands = try connection.run(RoleCommands(role: name, exists: exists, verifier: verifier, limit: limit))
        do {
            try connection.runTransaction(commands)
        } catch let error as PostgresError where exists && error.sqlState == "42501" {
            // An administrator made the role and is responsible for its password and its limits.
        }
    }

    private func grant(with connection: PostgresConnection) throws {
        try connection.runTransaction(try connection.run(GrantCommands(role: name)))
    }

    private func closeOtherDatabases(with connection: PostgresConnection) throws {
        for command in try connection.run(CloseDatabaseCommands(role: name)) {
            do {
                try connection.runTransaction([command])
            } catch let error as PostgresError where error.code == .server {
                // Dropped meanwhile, or changed by another session. What remains open is returned.
            }
        }
    }
}

extension PostgresConnection {
    /// Runs commands in one transaction, one caller at a time: concurrent changes of a role or a table's privileges fail.
    fileprivate func runTransaction(_ commands: [String]) throws {
        try begin()
        try finishTransaction { _ in
            try runScript("SELECT pg_advisory_xact_lock(7235421969264513396)")
            for command in commands { try runScript(command) }
        }
    }
}
