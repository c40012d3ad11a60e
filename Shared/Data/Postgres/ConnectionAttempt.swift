/// How making a connection fails, and whether trying again may help.
enum ConnectionAttempt {
    enum Failure: Error {
        case invalidURI
        case outOfMemory
        case timedOut
        /// libpq's message; and whether the server asked for a password that there is not.
        case refused(message: String, lacksPassword: Bool)

        var error: PostgresError {
            switch self {
            case .invalidURI:
                // libpq's own message quotes the part it stumbled over, which may be the password.
                PostgresError(
                    .invalidConfiguration,
                    message: "The connection string is neither a postgresql:// URI nor a list of keyword=value; "
                        + "reserved characters in a URI have to be percent-encoded."
                )
            case .outOfMemory: PostgresError(.connectionFailed, message: "Out of memory.")
            case .timedOut: PostgresError(.timedOut, message: "The server did not accept the connection in time.")
            case .refused(let message, _):
                PostgresError(.connectionFailed, sqlState: sqlState, message: Self.firstLine(of: message))
            }
        }

        /// Whether a server that is being restarted, or has no room for now, fails like this.
        var mayPass: Bool {
            switch self {
            case .invalidURI, .outOfMemory, .timedOut: false
            case .refused(_, let lacksPassword):
                switch sqlState {
                case "57P01", "57P02", "57P03", "53300": true
                case .some: false
                // The server has said nothing: refused, unreachable, or closed before it was ready, which a restart
                // does in the middle of the TLS handshake too.
                case nil: !lacksPassword
                }
            }
        }

        private var sqlState: String? {
            guard case .refused(let message, _) = self else { return nil }
            // `… failed: FATAL:  57P03: the database system is starting up`; the words depend on the server's
            // language, the two spaces do not.
            let bytes = Array(Self.firstLine(of: message).utf8)
            for start in bytes.indices.dropFirst(3) where bytes[(start - 3)..<start].elementsEqual(":  ".utf8) {
                let code = bytes[start...].prefix(5)
                let isCode = code.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
                guard isCode, code.count == 5, bytes[code.endIndex...].first == UInt8(ascii: ":") else { continue }
                return String(decoding: code, as: UTF8.self)
            }
            return nil
        }

        private static func firstLine(of message: String) -> String {
            message.split(separator: "\n").first.map(String.init) ?? "The connection failed without a reason."
        }
    }
}
