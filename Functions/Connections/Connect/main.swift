import ChatCore
import Connections
import Redis

try await Lambda.run {
    ConnectHandler(
        connections: ConnectionMap(store: try RedisClient(url: Environment.process.required("REDIS_URL")))
    )
}
