import ChatCore
import FileCredentials
import Images
import ObjectStorage

try await Lambda.run {
    FileProxyOriginHandler(
        verifier: FileCredentialVerifier(try .required(in: .process)),
        objects: try ObjectStorageClient(),
        presigner: try ObjectPresigner(),
        resizer: ImageResizer(),
        filesBucket: try Environment.process.required("FILES_BUCKET"),
        variantsBucket: try Environment.process.required("VARIANTS_BUCKET")
    )
}
