import ChatStore
import Connections
import FileCredentials
import ManagementAPI
import RateLimits

try await Lambda.run {
    let environment = Environment.process
    let redis = try RedisClient(url: environment.required("REDIS_URL"))
    return SendMessageHandler(
        database: PostgresClient(uri: try environment.required("DATABASE_URL")),
        broadcaster: Broadcaster(
            map: ConnectionMap(store: redis),
            sender: ManagementAPIClient(),
            limiter: RateLimiter(store: redis, limits: try RateLimits(environment: environment))
        ),
        fileURLs: try .configured()
    )
}
