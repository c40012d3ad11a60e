import BlockingIO

// Commands cannot have parameters, so these statements let the server quote the names and return the commands.

struct CurrentUser: Statement {
    static let sql = "SELECT current_user"
    var parameters: [Parameter] { [] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

struct RoleExists: Statement {
    static let sql = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool { try row.boolean(0) }
}

/// The commands that create or alter the role.
struct RoleCommands: Statement {
    static let sql = """
        SELECT format(CASE WHEN $2 THEN 'ALTER' ELSE 'CREATE' END || ' ROLE %I LOGIN PASSWORD %L', $1::text, $3::text)
        UNION ALL SELECT format('ALTER ROLE %I SET %I = %L', $1, name, $4::text)
        FROM unnest(ARRAY['statement_timeout', 'idle_in_transaction_session_timeout']) AS name
        """
    var role: String
    var exists: Bool
    var verifier: String?
    var limit: Duration
    var parameters: [Parameter] {
        [.text(role), .boolean(exists), verifier.map { .text($0) } ?? .null, .text("\(limit.milliseconds)ms")]
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

/// The commands that grant the role the use of the owner's tables and sequences, and withdraw what `PUBLIC` may create.
struct GrantCommands: Statement {
    static let sql = """
        SELECT format('GRANT CONNECT ON DATABASE %I TO %I', datname, $1::text)
        FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
        UNION ALL SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', datname)
        FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
        UNION ALL SELECT format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', nspname)
        FROM pg_namespace WHERE nspname = current_schema() AND pg_has_role(nspowner, 'USAGE')
        UNION ALL SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), $1)
        UNION ALL SELECT format(
            CASE relkind WHEN 'S' THEN 'GRANT USAGE ON SEQUENCE' ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON' END
                || ' %I.%I TO %I',
            current_schema(), relname, $1
        )
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
            AND relowner = current_user::regrole
        UNION ALL SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s TO %I', current_schema(), what, $1)
        FROM unnest(ARRAY['SELECT, INSERT, UPDATE, DELETE ON TABLES', 'USAGE ON SEQUENCES']) AS what
        UNION ALL SELECT format('REVOKE ALL ON %I.schema_migration FROM %I', current_schema(), $1)
        WHERE to_regclass(format('%I.schema_migration', current_schema())) IS NOT NULL
        """
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

/// A row if the role may do more than use tables.
struct ExcessPrivileges: Statement {
    static let sql = """
        SELECT 1 FROM pg_roles AS role
        WHERE rolname = $1 AND (
            rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
            OR has_database_privilege(role.oid, current_database(), 'CREATE')
            OR has_schema_privilege(role.oid, current_schema(), 'CREATE')
            OR pg_has_role(role.oid, current_user, 'MEMBER')
            OR EXISTS (
                SELECT FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND pg_has_role(role.oid, relowner, 'MEMBER')
            )
        )
        """
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int64 { try row.integer(0) }
}

/// Two commands for each other database to which the role can connect: the first lets the roles that exist keep the
/// right, the second withdraws it from `PUBLIC`.
///
/// On RDS, `postgres` stays open: RDS Proxy makes a user of its own (`rdsproxyadmin`), maybe later, and AWS does not
/// document which database it uses; see
/// [the limitations](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html).
struct CloseDatabaseCommands: Statement {
    static let sql = """
        SELECT format('GRANT CONNECT ON DATABASE %I TO %s; REVOKE CONNECT, TEMPORARY ON DATABASE %1$I FROM PUBLIC',
            datname,
            (
                SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles
                WHERE rolcanlogin AND rolname <> $1 AND has_database_privilege(oid, pg_database.oid, 'CONNECT')
            )
        )
        FROM pg_database
        WHERE datallowconn AND datname <> current_database() AND pg_has_role(datdba, 'USAGE')
            AND has_database_privilege($1::name, oid, 'CONNECT')
            AND NOT (datname = 'postgres' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'rdsadmin'))
        """
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

/// The other databases to which the role can connect. `rdsadmin`, which RDS keeps for itself, refuses all users.
struct OtherDatabases: Statement {
    static let sql = """
        SELECT datname FROM pg_database
        WHERE datallowconn AND datname NOT IN (current_database(), 'rdsadmin')
            AND has_database_privilege($1::name, oid, 'CONNECT')
        ORDER BY datname
        """
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
