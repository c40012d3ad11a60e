import ChatStore
import ObjectStorage
import Uploads

try await Lambda.run {
    let environment = Environment.process
    let bucket = try environment.required("FILES_BUCKET")
    let database = PostgresClient(uri: try environment.required("DATABASE_URL"))
    let objects = try ObjectStorageClient()
    return SweepFilesHandler(
        database: database,
        objects: objects,
        confirmation: UploadConfirmation(database: database, objects: objects, bucket: bucket),
        bucket: bucket
    )
}
