import ChatStore
import FileCredentials

try await Lambda.run {
    ListMessagesHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        fileURLs: try .configured()
    )
}
