import ChatStore
import ObjectStorage
import Redis
import Uploads

try await Lambda.run {
    let environment = Environment.process
    let service = try ObjectService()
    return CreateFileHandler(
        database: PostgresClient(uri: try environment.required("DATABASE_URL")),
        usage: UploadUsage(
            store: try RedisClient(url: environment.required("REDIS_URL")),
            limits: try UploadLimits(environment: environment)
        ),
        plan: UploadPlan(
            objects: ObjectStorageClient(service: service),
            presigner: ObjectPresigner(service: service),
            bucket: try environment.required("FILES_BUCKET")
        )
    )
}
