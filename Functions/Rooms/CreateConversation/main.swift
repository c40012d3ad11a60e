import ChatStore

try await Lambda.run {
    CreateConversationHandler(database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")))
}
