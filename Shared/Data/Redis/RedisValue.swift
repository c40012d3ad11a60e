/// A server's reply to one command.
public enum RedisValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A bulk string, or a status such as `OK`.
    case string([UInt8])
    case array([RedisValue])
    /// The server's error message. A value rather than a thrown error, so that all replies of a pipeline are read
    /// first.
    case error(String)
}

extension RedisValue {
    /// The value as an integer. Throws for any other type.
    public func integer() throws(RedisError) -> Int64 {
        guard case .integer(let value) = self else { throw unexpected("an integer") }
        return value
    }

    /// The value as text; nil if it is null. Throws for any other type.
    public func optionalText() throws(RedisError) -> String? {
        switch self {
        case .null: return nil
        case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .integer, .array, .error: throw unexpected("a string")
        }
    }

    /// The value as an array of strings. Throws for any other type.
    public func texts() throws(RedisError) -> [String] {
        guard case .array(let elements) = self else { throw unexpected("an array") }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
            guard let text = try element.optionalText() else { throw unexpected("an array of strings") }
            texts.append(text)
        }
        return texts
    }

    private func unexpected(_ expected: String) -> RedisError {
        if case .error(let message) = self { return RedisError(serverMessage: message) }
        return RedisError(.decoding, message: "The reply is not \(expected).")
    }
}
