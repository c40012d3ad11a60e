import ChatStore

try await Lambda.run {
    GetDirectConversationHandler(database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")))
}
