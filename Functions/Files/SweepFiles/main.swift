import ChatStore
import ObjectStorage
import Redis
import Uploads

try await Lambda.run {
    let environment = Environment.process
    let bucket = try environment.required("FILES_BUCKET")
    let database = PostgresClient(uri: try environment.required("DATABASE_URL"))
    let objects = try ObjectStorageClient()
    let store = try RedisClient(url: environment.required("REDIS_URL"))
    return SweepFilesHandler(
        database: database,
        objects: objects,
        confirmation: UploadConfirmation(
            database: database,
            objects: objects,
            bucket: bucket,
            usage: UploadUsage(store: store, limits: try UploadLimits(environment: environment))
        ),
        store: store,
        bucket: bucket
    )
}
