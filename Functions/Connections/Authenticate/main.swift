import Authentication
import ChatCore
import Connections
import RateLimits

try await Lambda.run {
    let environment = Environment.process
    let redis = try RedisClient(url: environment.required("REDIS_URL"))
    return AuthenticateHandler(
        authenticator: try TokenAuthenticator(environment: environment),
        connections: ConnectionMap(store: redis),
        limiter: RateLimiter(store: redis, limits: try RateLimits(environment: environment))
    )
}
