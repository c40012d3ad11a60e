/// Why a credential gives no access to a file. It contains nothing of the credential.
public enum FileCredentialError: String, Error, Sendable, Hashable {
    /// There is no credential.
    case missing
    /// It is not a token in the form that the signer writes.
    case malformed
    /// Its header names an algorithm other than HS256, such as `none`.
    case otherAlgorithm
    /// Its signature was not made with the secret that it names.
    case forged
    /// It is for another file.
    case otherFile
    /// It was valid, but is not any more.
    case expired
}
