extension LambdaHost {
    /// Settings that all functions of a host share.
    public struct Options: Sendable {
        public var region = "us-east-1"
        /// Static credentials of all functions. The emulated services must accept signatures made with them.
        public var accessKeyID = "AKIALOCALRUNTIME0000"
        public var secretAccessKey = "local-runtime-secret"
        public var sessionToken = "local-runtime-session"
        /// Variables for every function, for example endpoints. ``FunctionConfiguration/environment`` overrides them.
        public var baseEnvironment: [String: String] = [:]
        /// How many function processes may exist; further invocations wait for a free one.
        public var maximumProcesses = 64
        /// Seconds after which an idle process is stopped.
        public var idleTimeout = 600
        /// Seconds from the start of a process to its first request for an event.
        ///
        /// 10 on AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        public var initializationLimit = 10
        /// Seconds between SIGTERM and SIGKILL.
        public var terminationGrace = 1
        /// Called with every line that a function logs, on an event loop: it must not block.
        public var output: @Sendable (FunctionLogLine) -> Void = { _ in }

        public init() {}
    }
}
