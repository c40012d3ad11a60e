public import Files
public import FoundationEssentials

/// Makes the URLs for reading files, each with a credential.
public struct SignedFileURLs: Sendable {
    private let base: String
    private let signer: FileCredentialSigner

    /// - Parameter base: The URL of the file proxy, before `/{fileId}`.
    public init(base: String, signer: FileCredentialSigner) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.signer = signer
    }

    /// Reads `FILES_URL` and the variables of ``FileCredentialConfiguration/init(environment:)``; nil if the URL or the
    /// secrets are not set.
    public init?(environment: Environment = .process) throws(FileCredentialConfigurationError) {
        guard let base = environment["FILES_URL"],
            let configuration = try FileCredentialConfiguration(environment: environment)
        else { return nil }
        self.init(base: base, signer: FileCredentialSigner(configuration))
    }

    /// The same as ``init(environment:)``, for a function that cannot start without them.
    public static func configured(by environment: Environment = .process) throws -> SignedFileURLs {
        SignedFileURLs(
            base: try environment.required("FILES_URL"),
            signer: FileCredentialSigner(try .required(in: environment))
        )
    }

    /// A URL for a reader who may see the file. It is the same for all readers until its expiry changes.
    public func url(for file: FileID, at date: Date = .now) -> String {
        "\(base)/\(file)?s=\(signer.token(for: file, at: date).token)"
    }
}
