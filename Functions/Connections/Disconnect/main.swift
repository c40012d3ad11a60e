import ChatCore
import Connections
import Redis

try await Lambda.run {
    DisconnectHandler(
        connections: ConnectionMap(store: try RedisClient(url: Environment.process.required("REDIS_URL")))
    )
}
