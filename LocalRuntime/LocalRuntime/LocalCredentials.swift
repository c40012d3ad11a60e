import AWSSignature
import LambdaHost

/// The credentials that requests to local services may be signed with.
///
/// Functions have temporary ones in their environment. For everybody else an access key's secret is the key itself, so
/// that `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local` works, and any other pair like it; a wrong secret is
/// refused as AWS would refuse it.
struct LocalCredentials: Sendable {
    private let ofFunctions: Credentials

    init(host: LambdaHost.Options) {
        ofFunctions = Credentials(
            accessKeyID: host.accessKeyID,
            secretAccessKey: host.secretAccessKey,
            sessionToken: host.sessionToken
        )
    }

    @Sendable func lookUp(_ accessKeyID: String) -> Credentials? {
        if accessKeyID == ofFunctions.accessKeyID { return ofFunctions }
        return Credentials(accessKeyID: accessKeyID, secretAccessKey: accessKeyID)
    }
}
