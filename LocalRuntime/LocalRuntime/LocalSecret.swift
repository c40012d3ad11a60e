import EmulatorCore
import Foundation

/// The value of `local:secret`: a random secret that is kept across restarts.
enum LocalSecret {
    /// Reads the secret, or creates it in a file that only the owner can read.
    ///
    /// It is `local:` and 32 bytes in base64: a name and a value, in the format of lists of secrets.
    static func load(from dataDirectory: URL) throws(StartFailure) -> String {
        let path = dataDirectory.appendingPathComponent("secret").path
        do throws(PrivateFileError) {
            if let secret = try PrivateFile.contents(of: path), !secret.isEmpty {
                return String(decoding: secret, as: UTF8.self)
            }
            try PrivateFile.create(path, containing: Array(random().utf8))
            // Read back: if two runs start at once, only one of them has created the file.
            return String(decoding: try PrivateFile.contents(of: path) ?? [], as: UTF8.self)
        } catch {
            throw StartFailure("The secret cannot be used: \(error).")
        }
    }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return "local:\(Data(bytes).base64EncodedString())"
    }
}
