import ChatStore

try await Lambda.run {
    GetConversationHandler(database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")))
}
