import ChatStore

try await Lambda.run {
    ListConversationsHandler(database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")))
}
