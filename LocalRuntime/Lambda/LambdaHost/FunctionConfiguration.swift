/// A function as the host runs it.
public struct FunctionConfiguration: Sendable, Hashable {
    public var name: String
    /// The logical id in the template; invocations may use it in place of the name.
    public var logicalID: String
    public var arn: String
    /// `_HANDLER`.
    public var handler: String
    public var executable: ExecutableSource
    /// `LAMBDA_TASK_ROOT`, and the working directory of its processes.
    public var taskRoot: String
    /// What the template sets.
    public var environment: [String: String]
    /// Seconds.
    public var timeout: Int
    /// Megabytes; told to the function, not enforced.
    public var memorySize: Int
    /// How many invocations may run at the same time; nil: as many as the host's limit allows.
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

extension LambdaHost {
    /// What is common to all functions of a host.
    public struct Options: Sendable {
        public var region = "us-east-1"
        /// Static credentials that the functions get; whoever verifies signatures has to know them.
        public var accessKeyID = "AKIALOCALRUNTIME0000"
        public var secretAccessKey = "local-runtime-secret"
        public var sessionToken = "local-runtime-session"
        /// Variables for every function, which its own and the template's override: endpoints, for example.
        public var baseEnvironment: [String: String] = [:]
        /// Names of variables of this process that functions see as well.
        public var passthrough: [String] = []
        /// How many function processes there may be; above it invocations wait for one to come free.
        public var maximumProcesses = 64
        /// Seconds after which a process that has nothing to do is stopped.
        public var idleTimeout = 600
        /// Seconds that a process may take until it asks for its first event.
        ///
        /// 10 on AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        public var initializationLimit = 10
        /// Seconds between SIGTERM and SIGKILL.
        public var terminationGrace = 2
        /// Told of every line that a function logs, at once; called on an event loop, so it must not wait.
        public var output: @Sendable (FunctionLogLine) -> Void = { _ in }

        public init() {}
    }
}

/// A line that a function wrote, or that the host says of it.
public struct FunctionLogLine: Sendable, Hashable {
    public var function: String
    /// Nil before the process has got its first event.
    public var requestID: String?
    /// Milliseconds since the epoch.
    public var time: Int64
    public var text: String
    /// Whether the host says it, of a failure that the function could not report itself.
    public var isFailure: Bool
}
