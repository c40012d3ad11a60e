import ChatStore
import RateLimits

try await Lambda.run {
    CreateConversationHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        limiter: try RateLimiter()
    )
}
