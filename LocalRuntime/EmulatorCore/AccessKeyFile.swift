#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The access keys of a data directory, in the format of AWS's shared credentials file.
///
/// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
public struct AccessKeyFile: Sendable, Hashable {
    public struct Key: Sendable, Hashable {
        public var id: String
        public var secret: String
        /// Nil for a long-term key.
        public var sessionToken: String?
    }

    /// For tools on this machine: the profile `default`.
    public let tools: Key
    /// For functions, which on AWS have temporary credentials: the profile `functions`.
    public let functions: Key

    /// Reads the keys, or creates random ones in a file that only its owner can read.
    ///
    /// - Parameter path: In an existing folder.
    public static func load(from path: String) throws(PrivateFileError) -> AccessKeyFile {
        if let keys = try stored(at: path) { return keys }
        try PrivateFile.create(path, containing: Array(AccessKeyFile.random().text.utf8))
        // Read back: if two processes start at once, only one of them has created the file.
        guard let keys = try stored(at: path) else { throw PrivateFileError(number: EBADMSG, path: path) }
        return keys
    }

    static func random() -> AccessKeyFile {
        AccessKeyFile(
            tools: Key(id: "AKIA" + randomText(16, of: identifierDigits), secret: randomText(40, of: secretDigits)),
            functions: Key(
                id: "ASIA" + randomText(16, of: identifierDigits),
                secret: randomText(40, of: secretDigits),
                sessionToken: randomText(64, of: secretDigits)
            )
        )
    }

    private init(tools: Key, functions: Key) {
        self.tools = tools
        self.functions = functions
    }

    /// - Returns: Nil unless both profiles have a key.
    init?(text: String) {
        var profiles: [Substring: [Substring: String]] = [:]
        var profile: Substring = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("["), line.hasSuffix("]") { profile = line.dropFirst().dropLast() }
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if parts.count == 2 { profiles[profile, default: [:]][Substring(parts[0])] = parts[1] }
        }
        guard let tools = Self.key(profiles["default"]), let functions = Self.key(profiles["functions"]) else {
            return nil
        }
        self.init(tools: tools, functions: functions)
    }

    var text: String {
        """
        [default]
        aws_access_key_id = \(tools.id)
        aws_secret_access_key = \(tools.secret)

        [functions]
        aws_access_key_id = \(functions.id)
        aws_secret_access_key = \(functions.secret)
        aws_session_token = \(functions.sessionToken ?? "")

        """
    }

    private static func key(_ values: [Substring: String]?) -> Key? {
        guard let id = values?["aws_access_key_id"], let secret = values?["aws_secret_access_key"] else { return nil }
        // A guessable key would admit web pages.
        guard !id.isEmpty, secret.utf8.count >= 20, id != secret else { return nil }
        return Key(id: id, secret: secret, sessionToken: values?["aws_session_token"])
    }

    private static func stored(at path: String) throws(PrivateFileError) -> AccessKeyFile? {
        guard let bytes = try PrivateFile.contents(of: path) else { return nil }
        guard let keys = AccessKeyFile(text: String(decoding: bytes, as: UTF8.self)) else {
            throw PrivateFileError(number: EBADMSG, path: path)
        }
        return keys
    }

    private static let identifierDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let secretDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private static func randomText(_ count: Int, of digits: [UInt8]) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<count).map { _ in digits[Int.random(in: 0..<digits.count, using: &generator)] },
            as: UTF8.self
        )
    }
}
