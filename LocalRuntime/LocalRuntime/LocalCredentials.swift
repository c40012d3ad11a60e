import AWSSignature
import LambdaHost

/// The credentials that the AWS services accept.
///
/// Functions have temporary credentials in their environment. Other clients may use any access key id with the same
/// text as the secret, such as `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`. Any other secret is refused, as
/// on AWS.
struct LocalCredentials: Sendable {
    private let functionCredentials: Credentials

    init(host: LambdaHost.Options) {
        functionCredentials = Credentials(
            accessKeyID: host.accessKeyID,
            secretAccessKey: host.secretAccessKey,
            sessionToken: host.sessionToken
        )
    }

    @Sendable func lookUp(_ accessKeyID: String) -> Credentials? {
        if accessKeyID == functionCredentials.accessKeyID { return functionCredentials }
        return Credentials(accessKeyID: accessKeyID, secretAccessKey: accessKeyID)
    }
}
