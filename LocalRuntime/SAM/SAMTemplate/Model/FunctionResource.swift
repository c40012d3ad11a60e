/// `AWS::Serverless::Function` or `AWS::Lambda::Function`.
public struct FunctionResource: Sendable, Hashable {
    public var logicalID: String
    /// `FunctionName`, or the logical id with dashes for dots.
    public var name: String
    public var arn: String
    public var handler: String
    public var runtime: String
    /// `CodeUri` or a local `Code`, relative to the folder of the outermost template unless absolute.
    public var codeURI: String?
    /// Why the function's code cannot be run here, as the rest of a sentence; nil if it can.
    public var codeProblem: String?
    public var environment: [String: String] = [:]
    /// Seconds, 1 to 900.
    public var timeout: Int = 3
    /// Megabytes.
    public var memorySize: Int = 128
    public var reservedConcurrency: Int?
    public var asynchronous = AsynchronousSettings()

    public init(logicalID: String, name: String, arn: String, handler: String, runtime: String) {
        self.logicalID = logicalID
        self.name = name
        self.arn = arn
        self.handler = handler
        self.runtime = runtime
    }
}
