import ChatStore
import Connections
import ManagementAPI
import Redis

try await Lambda.run {
    ReadMessagesHandler(
        database: PostgresClient(uri: try Environment.process.required("DATABASE_URL")),
        broadcaster: Broadcaster(
            map: ConnectionMap(store: try RedisClient(url: Environment.process.required("REDIS_URL"))),
            sender: ManagementAPIClient()
        )
    )
}
