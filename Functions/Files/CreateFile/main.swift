import ChatStore
import ObjectStorage
import RateLimits

try await Lambda.run {
    let environment = Environment.process
    let service = try ObjectService()
    return CreateFileHandler(
        database: PostgresClient(uri: try environment.required("DATABASE_URL")),
        planner: UploadPlanner(
            objects: ObjectStorageClient(service: service),
            presigner: ObjectPresigner(service: service),
            bucket: try environment.required("FILES_BUCKET")
        ),
        limiter: try RateLimiter(environment: environment),
        limits: try UploadLimits(environment: environment)
    )
}
