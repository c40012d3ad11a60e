/// `PING`: whether the server answers.
public struct Ping: Command {
    public static let isIdempotent = true
    public var arguments: [String] { ["PING"] }

    public init() {}

    public static func decode(_ value: RedisValue) throws(RedisError) {
        guard try value.optionalText() == "PONG" else {
            throw RedisError(.decoding, message: "The reply to PING is not PONG.")
        }
    }
}

/// `GET`: the string at a key, nil if there is none.
public struct GetString: Command {
    public static let isIdempotent = true
    public var key: String
    public var arguments: [String] { ["GET", key] }

    public init(key: String) { self.key = key }

    public static func decode(_ value: RedisValue) throws(RedisError) -> String? {
        try value.optionalText()
    }
}

/// `SET … EX`: puts a string at a key for a time.
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

/// `DEL` of one key; the reply is whether there was one.
public struct DeleteKey: Command {
    public static let isIdempotent = true
    public var key: String
    public var arguments: [String] { ["DEL", key] }

    public init(key: String) { self.key = key }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Bool {
        try value.integer() == 1
    }
}

/// `EXPIRE`: has a key vanish after a time; the reply is whether there was one.
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

/// `ZADD` of one member, replacing its score; the reply is whether it is new.
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

/// `ZREM` of one member; the reply is whether it was there.
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

/// `ZREMRANGEBYSCORE`: removes the members that score less than `minimum`; the reply is how many.
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

/// `ZRANGEBYSCORE`: the members that score `minimum` or more, lowest first.
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
