public import AWSSignature
public import LambdaRuntime

extension Credentials {
    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and the optional `AWS_SESSION_TOKEN`.
    public init(environment: Environment) throws(MissingVariable) {
        self.init(
            accessKeyID: try environment.required("AWS_ACCESS_KEY_ID"),
            secretAccessKey: try environment.required("AWS_SECRET_ACCESS_KEY"),
            sessionToken: environment["AWS_SESSION_TOKEN"]
        )
    }
}

extension Environment {
    /// `AWS_REGION`, which Lambda sets; otherwise `AWS_DEFAULT_REGION`; otherwise `us-east-1`.
    public var awsRegion: String {
        self["AWS_REGION"] ?? self["AWS_DEFAULT_REGION"] ?? "us-east-1"
    }
}
