/// What a server replies to one command.
public enum RedisValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A bulk string, or a status such as `OK`.
    case string([UInt8])
    case array([RedisValue])
    /// The server's message; not thrown yet, because the other replies of a pipeline are read first.
    case error(String)
}

extension RedisValue {
    /// The number in it.
    public func integer() throws(RedisError) -> Int64 {
        guard case .integer(let value) = self else { throw unexpected("an integer") }
        return value
    }

    /// The text in it, nil if it is null.
    public func optionalText() throws(RedisError) -> String? {
        switch self {
        case .null: return nil
        case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .integer, .array, .error: throw unexpected("a string")
        }
    }

    /// The texts in an array of strings.
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
