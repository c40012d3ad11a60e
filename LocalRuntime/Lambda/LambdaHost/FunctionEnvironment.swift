import ByteEncodings
import EmulatorCore

/// The environment variables of a function's process.
///
/// As recorded on `provided.al2023`, and documented at
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
struct FunctionEnvironment {
    /// Variables by name.
    let variables: [String: String]

    /// - Parameters:
    ///   - runtimeAPI: Address and port of the process's Runtime API.
    ///   - logStream: What `AWS_LAMBDA_LOG_STREAM_NAME` is to be.
    ///   - developer: This process's own environment, of which only little is passed on.
    init(
        of function: FunctionConfiguration,
        options: LambdaHost.Options,
        runtimeAPI: String,
        logStream: String,
        developer: [String: String]
    ) {
        let root = function.taskRoot
        var variables = [
            "LANG": "en_US.UTF-8",
            "LD_LIBRARY_PATH": "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:\(root):\(root)/lib:/opt/lib",
            "TZ": ":UTC",
        ]
        // A bootstrap that is a script finds its interpreter where the developer has it.
        variables["PATH"] = ["/usr/local/bin:/usr/bin/:/bin:/opt/bin", developer["PATH"]]
            .compactMap { $0 }
            .joined(separator: ":")
        for name in ["HOME", "TMPDIR"] + options.passthrough {
            variables[name] = developer[name]
        }
        variables.merge(options.baseEnvironment) { $1 }
        variables.merge(function.environment) { $1 }
        // Reserved: AWS does not let a function set these.
        variables.merge([
            "AWS_ACCESS_KEY_ID": options.accessKeyID,
            "AWS_DEFAULT_REGION": options.region,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(function.memorySize),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(function.name)",
            "AWS_LAMBDA_LOG_STREAM_NAME": logStream,
            "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
            "AWS_REGION": options.region,
            "AWS_SECRET_ACCESS_KEY": options.secretAccessKey,
            "AWS_SESSION_TOKEN": options.sessionToken,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LAMBDA_TASK_ROOT": root,
            "_HANDLER": function.handler,
        ]) { $1 }
        self.variables = variables
    }

    /// `2026/11/21/[$LATEST]` and 32 hexadecimal digits, as CloudWatch names a stream.
    static func logStream(at time: UnixTime) -> String {
        let instance = (0..<2).map { _ in Hexadecimal.encode(UInt64.random(in: .min ... .max)) }.joined()
        return "\(time.datePath)/[$LATEST]\(instance)"
    }
}
