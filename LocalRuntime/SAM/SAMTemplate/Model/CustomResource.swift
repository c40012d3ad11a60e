/// `Custom::X` or `AWS::CloudFormation::CustomResource` whose service token is a function of the application.
///
/// Its function handles a `Create` request at start, before the runtime accepts connections.
public struct CustomResource: Sendable, Hashable {
    public var logicalID: String
    public var type: String
    /// The function's logical id.
    public var function: String
    /// `ResourceProperties` as JSON text, `ServiceToken` included.
    public var properties: String

    public init(logicalID: String, type: String, function: String, properties: String) {
        self.logicalID = logicalID
        self.type = type
        self.function = function
        self.properties = properties
    }
}
