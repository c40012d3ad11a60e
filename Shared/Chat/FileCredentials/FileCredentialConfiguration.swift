public import ChatCore

/// The configuration that the signer and the verifiers of file credentials share.
public struct FileCredentialConfiguration: Sendable {
    /// A week, in seconds.
    static let longestLifetime = 604_800

    public var secrets: FileCredentialSecrets
    /// The time between two expiries, in seconds.
    public var lifetime: Int

    /// - Parameter lifetime: 1 to 604,800 seconds.
    public init(secrets: FileCredentialSecrets, lifetime: Int = 3600) throws(FileCredentialConfigurationError) {
        guard (1...Self.longestLifetime).contains(lifetime) else {
            throw FileCredentialConfigurationError("A credential's lifetime must be 1 to 604800 seconds.")
        }
        self.secrets = secrets
        self.lifetime = lifetime
    }

    /// Reads `FILE_CREDENTIAL_SECRETS` and `FILE_CREDENTIAL_LIFETIME` (seconds, an hour by default).
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

    /// The same as ``init(environment:)``, for a function that cannot start without secrets.
    public static func required(in environment: Environment) throws -> FileCredentialConfiguration {
        guard let configuration = try FileCredentialConfiguration(environment: environment) else {
            throw MissingVariable(name: "FILE_CREDENTIAL_SECRETS")
        }
        return configuration
    }
}

/// The configuration of file credentials is invalid. The message never contains a secret.
public struct FileCredentialConfigurationError: LambdaError, Equatable, CustomStringConvertible {
    public let errorMessage: String

    public var description: String { errorMessage }

    init(_ message: String) { errorMessage = message }
}
