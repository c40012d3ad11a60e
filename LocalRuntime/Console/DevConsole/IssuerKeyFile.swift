import CryptoExtras
import EmulatorCore

/// The issuer's private key on disk. Tokens stay valid after a restart.
enum IssuerKeyFile {
    /// Reads the key, or creates one (RSA, 2,048 bits) that only the file's owner can read.
    static func load(at path: String) throws(DevelopmentIssuerError) -> _RSA.Signing.PrivateKey {
        if let key = try existingKey(at: path) { return key }
        do {
            let pem = try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation
            try PrivateFile.create(path, containing: Array(pem.utf8))
        } catch {
            throw DevelopmentIssuerError(.keyNotWritable, "Could not write the token issuer's key to \(path).", error)
        }
        // Read it back: if two runtimes start at once, only one of them has created the file.
        guard let key = try existingKey(at: path) else {
            throw DevelopmentIssuerError(
                .keyNotWritable,
                "The token issuer's key at \(path) was deleted while starting."
            )
        }
        return key
    }

    private static func existingKey(at path: String) throws(DevelopmentIssuerError) -> _RSA.Signing.PrivateKey? {
        do {
            guard let bytes = try PrivateFile.contents(of: path) else { return nil }
            return try _RSA.Signing.PrivateKey(pemRepresentation: String(decoding: bytes, as: UTF8.self))
        } catch let error as PrivateFileError {
            throw DevelopmentIssuerError(.keyNotReadable, "The token issuer's key cannot be read.", error)
        } catch {
            let advice = "\(path) contains no usable RSA key. Delete it to create a new one."
            throw DevelopmentIssuerError(.keyNotReadable, advice, error)
        }
    }
}
