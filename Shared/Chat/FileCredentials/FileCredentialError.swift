/// Why a credential gives no access to a file. It contains no part of the credential.
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
    /// It has expired.
    case expired
}
