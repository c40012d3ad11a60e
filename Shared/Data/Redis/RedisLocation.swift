import FoundationEssentials

/// The address, credentials and database in a Redis URL:
///
/// - `redis://[user:password@]host[:port][/database]`; the defaults are port 6379 and database 0
/// - `rediss://…`: the same over TLS
/// - `unix://[user:password@]/path/to/socket[?db=database]`
struct RedisLocation: Sendable, Hashable {
    enum Address: Sendable, Hashable {
        case host(String, port: UInt16, isTLS: Bool)
        case path(String)
    }

    var address: Address
    var user: String?
    var password: String?
    var database = 0

    init(url: String) throws(RedisError) {
        guard let components = URLComponents(string: url), let scheme = components.scheme?.lowercased() else {
            throw Self.invalid("It is not a valid URL; reserved characters in it must be percent-encoded.")
        }
        var database = components.queryItems?.last { $0.name == "db" }?.value
        switch scheme {
        case "redis", "rediss":
            guard let host = components.host, !host.isEmpty else { throw Self.invalid("It names no host.") }
            guard let port = UInt16(exactly: components.port ?? 6379), port > 0 else {
                throw Self.invalid("Its port is not between 1 and 65535.")
            }
            let isIPv6 = host.first == "[" && host.last == "]"
            address = .host(isIPv6 ? String(host.dropFirst().dropLast()) : host, port: port, isTLS: scheme == "rediss")
            let path = components.path.drop { $0 == "/" }
            if !path.isEmpty { database = String(path) }
        case "unix", "redis+unix":
            guard !components.path.isEmpty else { throw Self.invalid("It names no socket.") }
            address = .path(components.path)
        default:
            throw Self.invalid("Its scheme is not redis, rediss or unix.")
        }
        if let database {
            guard let number = Int(database), number >= 0 else { throw Self.invalid("Its database is not a number.") }
            self.database = number
        }
        user = components.user.flatMap { $0.isEmpty ? nil : $0 }
        password = components.password.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The commands to send first on a new connection.
    var greeting: [[String]] {
        var commands: [[String]] = []
        if let password { commands.append(["AUTH"] + (user.map { [$0] } ?? []) + [password]) }
        if database != 0 { commands.append(["SELECT", "\(database)"]) }
        return commands
    }

    /// The error does not quote the URL, because it may contain a password.
    private static func invalid(_ reason: String) -> RedisError {
        RedisError(.invalidConfiguration, message: "The Redis URL cannot be used. \(reason)")
    }
}
