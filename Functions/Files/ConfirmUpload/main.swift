import ChatStore
import ObjectStorage
import Redis
import Uploads

try await Lambda.run {
    let environment = Environment.process
    let bucket = try environment.required("FILES_BUCKET")
    return ConfirmUploadHandler(
        confirmation: UploadConfirmation(
            database: PostgresClient(uri: try environment.required("DATABASE_URL")),
            objects: try ObjectStorageClient(),
            bucket: bucket,
            usage: UploadUsage(
                store: try RedisClient(url: environment.required("REDIS_URL")),
                limits: try UploadLimits(environment: environment)
            )
        ),
        bucket: bucket
    )
}
