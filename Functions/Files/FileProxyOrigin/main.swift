import ChatCore
import FileCredentials
import Images
import ObjectStorage
import Workers

try await Lambda.run {
    let handler = FileProxyOriginHandler(
        verifier: FileCredentialVerifier(try .required(in: .process)),
        objects: try ObjectStorageClient(),
        presigner: try ObjectPresigner(),
        resizer: ImageResizer(),
        filesBucket: try Environment.process.required("FILES_BUCKET"),
        variantsBucket: try Environment.process.required("VARIANTS_BUCKET")
    )
    // The handler has read them. The process that decodes images must not be able to.
    ParentProcess.forgetVariables([
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "FILE_CREDENTIAL_SECRETS",
    ])
    return handler
}
