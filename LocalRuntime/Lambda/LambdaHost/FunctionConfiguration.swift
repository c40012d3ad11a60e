/// A function as the host runs it.
public struct FunctionConfiguration: Sendable, Hashable {
    public var name: String
    /// The logical id in the template. Invocations may use it instead of the name.
    public var logicalID: String
    public var arn: String
    /// `_HANDLER`.
    public var handler: String
    public var executable: ExecutableSource
    /// `LAMBDA_TASK_ROOT` and the working directory of the processes; an absolute path.
    public var taskRoot: String
    /// The environment variables from the template.
    public var environment: [String: String]
    /// Seconds that an invocation may take.
    public var timeout: Int
    /// Megabytes. The function sees the value; it is not enforced.
    public var memorySize: Int
    /// How many invocations may run at the same time; nil for no limit but ``LambdaHost/Options/maximumProcesses``.
    public var reservedConcurrency: Int?

    public init(
        name: String,
        logicalID: String,
        arn: String,
        handler: String,
        executable: ExecutableSource,
        taskRoot: String,
        environment: [String: String] = [:],
        timeout: Int = 3,
        memorySize: Int = 128,
        reservedConcurrency: Int? = nil
    ) {
        self.name = name
        self.logicalID = logicalID
        self.arn = arn
        self.handler = handler
        self.executable = executable
        self.taskRoot = taskRoot
        self.environment = environment
        self.timeout = timeout
        self.memorySize = memorySize
        self.reservedConcurrency = reservedConcurrency
    }
}
