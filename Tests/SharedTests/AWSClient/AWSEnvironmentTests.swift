import AWSClient
import AWSSignature
import LambdaRuntime
import Testing

struct AWSEnvironmentTests {
    @Test func readsCredentials() throws {
        let values = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": ""]
        let credentials = try Credentials(environment: Environment(values))
        #expect(credentials == Credentials(accessKeyID: "A", secretAccessKey: "B"))
    }

    @Test func namesTheMissingCredential() {
        #expect(throws: MissingVariable(name: "AWS_SECRET_ACCESS_KEY")) {
            try Credentials(environment: Environment(["AWS_ACCESS_KEY_ID": "A"]))
        }
    }

    @Test(arguments: [
        ([:], "us-east-1"),
        (["AWS_DEFAULT_REGION": "eu-west-1"], "eu-west-1"),
        (["AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-central-1"], "eu-central-1"),
    ])
    func readsTheRegion(values: [String: String], region: String) {
        #expect(Environment(values).awsRegion == region)
    }
}
