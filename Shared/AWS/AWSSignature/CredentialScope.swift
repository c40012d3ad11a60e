/// The day, region and service that a signature is valid for: `20150830/us-east-1/execute-api/aws4_request`.
public struct CredentialScope: Sendable, Hashable {
    /// Year, month and day without separators, in UTC.
    public var day: String
    public var region: String
    public var service: String

    public init(day: String, region: String, service: String) {
        self.day = day
        self.region = region
        self.service = service
    }

    /// The form used in the string to sign.
    var text: String { "\(day)/\(region)/\(service)/\(Self.terminator)" }

    static let terminator = "aws4_request"
}
