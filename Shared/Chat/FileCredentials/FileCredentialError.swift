/// Why a credential gives no access to a file. Nothing of the credential's content is in it.
public enum FileCredentialError: String, Error, Sendable, Hashable {
    /// There is none.
    case missing
    /// It is no token in the one form that the signer writes.
    case malformed
    /// Its header names an algorithm other than HS256, such as `none`.
    case otherAlgorithm
    /// Its signature is by none of the secrets, or by another one than it names.
    case forged
    /// It is for another file.
    case otherFile
    /// It was good once.
    case expired
}
