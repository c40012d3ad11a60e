public import Files
public import FoundationEssentials

/// The URLs that files are read from, each with its credential.
public struct SignedFileURLs: Sendable {
    private let base: String
    private let signer: FileCredentialSigner

    /// - Parameter base: The file proxy's URL, to which `/{fileId}` is added.
    public init(base: String, signer: FileCredentialSigner) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.signer = signer
    }

    /// Reads `FILES_URL` and what ``FileCredentialConfiguration/init(environment:)`` does; nil if one is not there.
    public init?(environment: Environment = .process) throws(FileCredentialConfigurationError) {
        guard let base = environment["FILES_URL"],
            let configuration = try FileCredentialConfiguration(environment: environment)
        else { return nil }
        self.init(base: base, signer: FileCredentialSigner(configuration))
    }

    /// The same, for a function that cannot start without.
    public static func configured(by environment: Environment = .process) throws -> SignedFileURLs {
        SignedFileURLs(
            base: try environment.required("FILES_URL"),
            signer: FileCredentialSigner(try .required(in: environment))
        )
    }

    /// A URL for someone who may see the file. It is the same for all of them until its expiry moves on.
    public func url(for file: FileID, at date: Date = .now) -> String {
        "\(base)/\(file)?s=\(signer.token(for: file, at: date).token)"
    }
}
