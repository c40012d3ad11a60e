import ChatStore
import FileCredentials
import RateLimits

try await Lambda.run {
    ListMessagesHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        limiter: try RateLimiter(),
        fileURLs: try .configured()
    )
}
