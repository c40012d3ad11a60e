import ByteEncodings
import EmulatorCore

/// The environment variables of a function's process.
///
/// As recorded on `provided.al2023`; see also
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
struct FunctionEnvironment {
    /// Variables by name.
    let variables: [String: String]

    /// - Parameters:
    ///   - runtimeAPI: Address and port of the Runtime API.
    ///   - logStream: The value of `AWS_LAMBDA_LOG_STREAM_NAME`.
    ///   - developer: The environment of this process; only `HOME`, `PATH` and `TMPDIR` are passed on.
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
        // For a bootstrap that is a script: its interpreter may be anywhere on the developer's path.
        variables["PATH"] = ["/usr/local/bin:/usr/bin/:/bin:/opt/bin", developer["PATH"]]
            .compactMap { $0 }
            .joined(separator: ":")
        for name in ["HOME", "TMPDIR"] {
            variables[name] = developer[name]
        }
        variables.merge(options.baseEnvironment) { $1 }
        variables.merge(function.environment) { $1 }
        // Reserved on AWS: a function cannot set them.
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

    /// `2026/11/21/[$LATEST]` and 32 hexadecimal digits, as the log streams in CloudWatch are named.
    static func logStream(at time: UnixTime) -> String {
        let instance = (0..<2).map { _ in Hexadecimal.encode(UInt64.random(in: .min ... .max)) }.joined()
        return "\(time.datePath)/[$LATEST]\(instance)"
    }
}
