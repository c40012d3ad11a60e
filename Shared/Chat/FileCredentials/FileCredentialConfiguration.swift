public import ChatCore

/// What the signer and the verifiers of credentials have in common.
public struct FileCredentialConfiguration: Sendable {
    /// The longest that a URL can be asked to live, which is a week.
    static let longestLifetime = 604_800

    public var secrets: FileCredentialSecrets
    /// The length of the buckets that expiries are rounded up to, in seconds.
    public var lifetime: Int

    /// - Parameter lifetime: 1 to 604,800 seconds.
    public init(secrets: FileCredentialSecrets, lifetime: Int = 3600) throws(FileCredentialConfigurationError) {
        guard (1...Self.longestLifetime).contains(lifetime) else {
            throw FileCredentialConfigurationError("A credential's lifetime must be 1 to 604800 seconds.")
        }
        self.secrets = secrets
        self.lifetime = lifetime
    }

    /// Reads `FILE_CREDENTIAL_SECRETS`, and `FILE_CREDENTIAL_LIFETIME` in seconds, which is an hour without it.
    ///
    /// Nil if there are no secrets.
    public init?(environment: Environment) throws(FileCredentialConfigurationError) {
        guard let secrets = environment["FILE_CREDENTIAL_SECRETS"] else { return nil }
        let lifetime = environment["FILE_CREDENTIAL_LIFETIME"]
        guard let seconds = Int(lifetime ?? "3600") else {
            throw FileCredentialConfigurationError("FILE_CREDENTIAL_LIFETIME must be a number of seconds.")
        }
        try self.init(secrets: try FileCredentialSecrets(secrets), lifetime: seconds)
    }

    /// What ``init(environment:)`` reads, for a function that cannot start without it.
    public static func required(in environment: Environment) throws -> FileCredentialConfiguration {
        guard let configuration = try FileCredentialConfiguration(environment: environment) else {
            throw MissingVariable(name: "FILE_CREDENTIAL_SECRETS")
        }
        return configuration
    }
}

/// The configuration of credentials is unusable. The message holds nothing of a secret.
public struct FileCredentialConfigurationError: LambdaError, Equatable, CustomStringConvertible {
    public let errorMessage: String

    public var description: String { errorMessage }

    init(_ message: String) { errorMessage = message }
}
