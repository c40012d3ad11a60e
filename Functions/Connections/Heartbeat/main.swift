import ChatCore
import Connections
import Redis

try await Lambda.run {
    HeartbeatHandler(
        connections: ConnectionMap(store: try RedisClient(url: Environment.process.required("REDIS_URL")))
    )
}
