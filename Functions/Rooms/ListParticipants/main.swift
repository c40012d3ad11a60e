import ChatStore
import RateLimits

try await Lambda.run {
    ListParticipantsHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        limiter: try RateLimiter()
    )
}
