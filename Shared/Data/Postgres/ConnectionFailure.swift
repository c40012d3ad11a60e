/// Why a connection could not be made.
enum ConnectionFailure: Error {
    case invalidURI
    case outOfMemory
    case timedOut
    /// The server or the network refused the connection.
    ///
    /// - Parameters:
    ///   - message: libpq's message.
    ///   - lacksPassword: Whether the server asked for a password and none is configured.
    case refused(message: String, lacksPassword: Bool)

    var error: PostgresError {
        switch self {
        case .invalidURI:
            // libpq's own message quotes the invalid part, which may be the password.
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

    /// Whether the failure may be temporary: the server is restarting, or has reached its connection limit.
    var isTemporary: Bool {
        switch self {
        case .invalidURI, .outOfMemory, .timedOut: false
        case .refused(_, let lacksPassword):
            switch sqlState {
            case "57P01", "57P02", "57P03", "53300": true
            case .some: false
            // Refused, unreachable, or closed before the server reported anything. A restart can also close the
            // connection in the middle of the TLS handshake.
            case nil: !lacksPassword
            }
        }
    }

    private var sqlState: String? {
        guard case .refused(let message, _) = self else { return nil }
        // `… failed: FATAL:  57P03: the database system is starting up`. The words depend on the server's language, but
        // the two spaces do not.
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
