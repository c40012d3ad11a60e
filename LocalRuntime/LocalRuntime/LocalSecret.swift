import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The value of `local:secret`: a random secret that is kept across restarts.
enum LocalSecret {
    /// Reads the secret, or creates it in a file that only the owner can read.
    ///
    /// It is `local:` and 32 bytes in base64: a name and a value, in the format of lists of secrets.
    static func load(from dataDirectory: URL) throws(StartFailure) -> String {
        let path = dataDirectory.appendingPathComponent("secret").path
        if let secret = try? String(contentsOfFile: path, encoding: .utf8), !secret.isEmpty { return secret }
        do {
            try FileManager.default.createDirectory(at: dataDirectory, withIntermediateDirectories: true)
            return try create(path)
        } catch {
            throw StartFailure("The secret could not be written to \(path): \(error).")
        }
    }

    /// Writes a temporary file and links it into place, so that two runs that start at once read the same secret.
    private static func create(_ path: String) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let temporary = "\(path).\(UUID().uuidString)"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        let secret = Data("local:\(Data(bytes).base64EncodedString())".utf8)
        guard FileManager.default.createFile(atPath: temporary, contents: secret, attributes: attributes) else {
            throw CocoaError(.fileWriteUnknown)
        }
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw CocoaError(.fileWriteUnknown) }
        return try String(contentsOfFile: path, encoding: .utf8)
    }
}
