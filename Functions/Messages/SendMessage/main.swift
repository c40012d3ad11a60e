import ChatStore
import Connections
import FileCredentials
import ManagementAPI
import Redis

try await Lambda.run {
    SendMessageHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        broadcaster: Broadcaster(
            map: ConnectionMap(store: try RedisClient(url: Environment.process.required("REDIS_URL"))),
            sender: ManagementAPIClient()
        ),
        fileURLs: try .configured()
    )
}
