import BlockingIO

/// The server's limits for statements and idle transactions.
///
/// A function that is frozen or killed closes nothing, so without limits its locks would stay. The role or the database
/// should have them: a session that sets them itself is pinned by RDS Proxy, which then shares no connection; see
/// [Avoiding pinning](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html).
enum ServerLimits {
    /// Returns a row if the session lacks a limit. It changes no setting.
    static let check = """
        SELECT 1 WHERE '0' IN (current_setting('statement_timeout'), \
        current_setting('idle_in_transaction_session_timeout'))
        """

    /// Sets the limits that the session lacks.
    ///
    /// A statement, because RDS Proxy and PgBouncer refuse the connection parameter `options`.
    static func set(_ limit: Duration) -> String {
        """
        SELECT set_config(name, '\(limit.milliseconds)', false) FROM pg_settings \
        WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout') AND setting = '0'
        """
    }
}
