import EmulatorCore
import Foundation

/// The value of `local:secret`: a random secret that is kept across restarts.
enum LocalSecret {
    /// Reads the secret, or creates it in a file that only the owner can read.
    ///
    /// It is `local:` and 32 bytes in base64: a name and a value, in the format of lists of secrets.
    static func load(from dataDirectory: URL) throws(StartFailure) -> String {
        let path = dataDirectory.appendingPathComponent("secret").path
        do {
            if let secret = try PrivateFile.contents(of: path) { return try checked(secret, from: path) }
            try PrivateFile.create(path, containing: Array(random().utf8))
            // Read back: if two runs start at once, only one of them has created the file.
            return try checked(try PrivateFile.contents(of: path) ?? [], from: path)
        } catch let error as StartFailure {
            throw error
        } catch {
            throw StartFailure("The secret cannot be used: \(error).")
        }
    }

    /// A file that a full disk or an editor has damaged would fail only when a function starts.
    private static func checked(_ bytes: [UInt8], from path: String) throws(StartFailure) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let isValid = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { entry in
            let parts = entry.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ":", maxSplits: 1)
            let isNamed = parts.first?.wholeMatch(of: #/[A-Za-z0-9_-]{1,32}/#) != nil
            return isNamed && parts.count == 2 && (Data(base64Encoded: String(parts[1]))?.count ?? 0) >= 32
        }
        guard isValid else {
            throw StartFailure(
                "The secret in \(path) is damaged: it must be a name, a colon and at least 32 bytes in base64. "
                    + "Delete the file to have a new one made."
            )
        }
        return text
    }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return "local:\(Data(bytes).base64EncodedString())"
    }
}
