/// The names of environment variables that Lambda accepts for a function.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
public enum EnvironmentNames {
    /// What Lambda or the runtime sets itself.
    static let reserved: Set = [
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_HANDLER", "_X_AMZN_TRACE_ID",
    ]

    /// The most bytes of all variables of a function, as JSON.
    static let sizeLimit = 4_096

    /// Why Lambda refuses a variable of this name, as a sentence; nil if it does not.
    public static func problem(with name: String) -> String? {
        if reserved.contains(name) {
            return "\(name) is reserved: Lambda sets it itself and refuses functions that do."
        }
        let rest = name.utf8.dropFirst()
        guard let first = name.utf8.first, isLetter(first), !rest.isEmpty, rest.allSatisfy(isAllowed) else {
            return
                "“\(name)” is not a name that Lambda accepts: a letter, then at least one letter, digit or underscore."
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
}

extension Properties {
    /// The variables in a function's `Environment`.
    func environmentVariables() throws(TemplateError) -> [String: String] {
        guard let environment = try map("Environment"), let variables = try environment.map("Variables") else {
            return [:]
        }
        for name in variables.names {
            if let problem = EnvironmentNames.problem(with: name) { throw variables.error(problem, at: name) }
            guard !variables.isNull(name) else {
                throw variables.error("\(name) is null; CloudFormation does not allow null values.", at: name)
            }
            try variables.noteReading(of: name)
        }
        let values = try environment.stringMap("Variables")
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where value.utf8.contains(0) {
            throw variables.error("\(name) contains a NUL character, which a variable cannot contain.", at: name)
        }
        // Only a note: on AWS the values may be shorter or longer than here.
        let size = values.reduce(2) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        if size > EnvironmentNames.sizeLimit {
            note("Environment: Lambda refuses more than 4 KB of variables; these have \(size) bytes here.")
        }
        return values
    }

    /// Notes a variable whose text is not that of the template, such as `17:00`.
    private func noteReading(of name: String) throws(TemplateError) {
        guard let value = try value(name), let written = value.written, let text = value.text else { return }
        note(
            "Environment.Variables.\(name): CloudFormation \(written.isAssumption ? "probably " : "")reads "
                + "\(written.text) as \(text); write it in quotation marks to keep its text."
        )
    }
}
