/// `GET`: reads the string at a key; nil if the key does not exist.
public struct GetString: Command {
    public static let isIdempotent = true
    public var key: String
    public var arguments: [String] { ["GET", key] }

    public init(key: String) { self.key = key }

    public static func decode(_ value: RedisValue) throws(RedisError) -> String? {
        try value.optionalText()
    }
}

/// `SET … EX`: stores a string at a key that expires after `seconds`.
public struct SetString: Command {
    public static let isIdempotent = true
    public var key: String
    public var value: String
    public var seconds: Int
    public var arguments: [String] { ["SET", key, value, "EX", "\(seconds)"] }

    public init(key: String, value: String, seconds: Int) {
        self.key = key
        self.value = value
        self.seconds = seconds
    }

    public static func decode(_ value: RedisValue) throws(RedisError) {
        _ = try value.optionalText()
    }
}

/// `DEL`: deletes a key. The reply is whether it existed.
public struct DeleteKey: Command {
    public static let isIdempotent = true
    public var key: String
    public var arguments: [String] { ["DEL", key] }

    public init(key: String) { self.key = key }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Bool {
        try value.integer() == 1
    }
}

/// `EXPIRE`: makes a key expire after `seconds`. The reply is whether it exists.
public struct ExpireKey: Command {
    public static let isIdempotent = true
    public var key: String
    public var seconds: Int
    public var arguments: [String] { ["EXPIRE", key, "\(seconds)"] }

    public init(key: String, seconds: Int) {
        self.key = key
        self.seconds = seconds
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Bool {
        try value.integer() == 1
    }
}

/// `ZADD`: adds a member or replaces its score. The reply is whether the member is new.
public struct AddToSortedSet: Command {
    public static let isIdempotent = true
    public var key: String
    public var member: String
    /// Exact up to 2⁵³.
    public var score: Int64
    public var arguments: [String] { ["ZADD", key, "\(score)", member] }

    public init(key: String, member: String, score: Int64) {
        self.key = key
        self.member = member
        self.score = score
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Bool {
        try value.integer() == 1
    }
}

/// `ZREM`: removes a member. The reply is whether it existed.
public struct RemoveFromSortedSet: Command {
    public static let isIdempotent = true
    public var key: String
    public var member: String
    public var arguments: [String] { ["ZREM", key, member] }

    public init(key: String, member: String) {
        self.key = key
        self.member = member
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Bool {
        try value.integer() == 1
    }
}

/// `ZREMRANGEBYSCORE`: removes the members with a score below `minimum`. The reply is their number.
public struct TrimSortedSet: Command {
    public static let isIdempotent = true
    public var key: String
    public var minimum: Int64
    public var arguments: [String] { ["ZREMRANGEBYSCORE", key, "-inf", "(\(minimum)"] }

    public init(key: String, minimum: Int64) {
        self.key = key
        self.minimum = minimum
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Int64 {
        try value.integer()
    }
}

/// `ZRANGEBYSCORE`: lists the members with a score of at least `minimum`, in ascending order.
public struct SortedSetMembers: Command {
    public static let isIdempotent = true
    public var key: String
    public var minimum: Int64
    // `ZRANGE … BYSCORE` would need Redis 6.2.
    public var arguments: [String] { ["ZRANGEBYSCORE", key, "\(minimum)", "+inf"] }

    public init(key: String, minimum: Int64) {
        self.key = key
        self.minimum = minimum
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> [String] {
        try value.texts()
    }
}

/// `ZSCORE`: the score of a member, without its fraction; nil if it is not in the set.
public struct SortedSetScore: Command {
    public static let isIdempotent = true
    public var key: String
    public var member: String
    public var arguments: [String] { ["ZSCORE", key, member] }

    public init(key: String, member: String) {
        self.key = key
        self.member = member
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Int64? {
        guard let text = try value.optionalText() else { return nil }
        guard let score = Double(text), let whole = Int64(exactly: score.rounded(.down)) else {
            throw RedisError(.decoding, message: "The score is not a number.")
        }
        return whole
    }
}
