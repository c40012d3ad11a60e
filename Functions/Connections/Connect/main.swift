import Connections
import LambdaRuntime
import ManagementAPI
import RateLimits

try await Lambda.run {
    let environment = Environment.process
    let redis = try RedisClient(url: environment.required("REDIS_URL"))
    return ConnectHandler(
        connections: ConnectionMap(store: redis),
        limiter: RateLimiter(store: redis, limits: try RateLimits(environment: environment)),
        sender: ManagementAPIClient(),
        maximum: try ConnectHandler.maximum(environment: environment)
    )
}
