import CryptoExtras
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The issuer's private key on disk. Tokens stay valid after a restart.
enum IssuerKeyFile {
    /// Reads the key, or creates one (RSA, 2,048 bits) that only the file's owner can read.
    static func load(at path: String) throws(DevelopmentIssuerError) -> _RSA.Signing.PrivateKey {
        if let key = try existingKey(at: path) { return key }
        do {
            let pem = try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation
            try create(path, containing: pem)
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
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try _RSA.Signing.PrivateKey(pemRepresentation: String(contentsOfFile: path, encoding: .utf8))
        } catch {
            let advice = "\(path) contains no usable RSA key. Delete it to create a new one."
            throw DevelopmentIssuerError(.keyNotReadable, advice, error)
        }
    }

    /// Writes a temporary file and links it into place, so that the file is complete and private from the start.
    private static func create(_ path: String, containing text: String) throws {
        let temporary = "\(path).\(UUID().uuidString)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(number: errno) }
        defer { unlink(temporary) }
        let bytes = Array(text.utf8)
        let written = write(descriptor, bytes, bytes.count)
        let writeError = errno
        close(descriptor)
        guard written == bytes.count else { throw SystemError(number: writeError) }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw SystemError(number: errno) }
    }

    private struct SystemError: Error, CustomStringConvertible {
        var number: Int32
        var description: String { String(cString: strerror(number)) }
    }
}
