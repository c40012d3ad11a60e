import ChatStore
import ObjectStorage
import Uploads

try await Lambda.run {
    let environment = Environment.process
    let bucket = try environment.required("FILES_BUCKET")
    return ConfirmUploadHandler(
        confirmation: UploadConfirmation(
            database: PostgresClient(uri: try environment.required("DATABASE_URL")),
            objects: try ObjectStorageClient(),
            bucket: bucket
        ),
        bucket: bucket
    )
}
