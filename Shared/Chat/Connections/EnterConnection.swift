public import Redis

/// Enters a connection into the map, or extends its validity; never shortens it. If the user then has more connections
/// than allowed, the oldest are removed. The reply is the removed ones, which are still open.
///
/// The script uses the two keys of one user, which a cluster keeps together.
public struct EnterConnection: Command {
    public static let isIdempotent = true
    /// The user's connections, scored by the time until which they are valid.
    public var validityKey: String
    /// The user's connections, scored by the time at which they opened.
    public var openingKey: String
    public var connection: String
    /// Times in milliseconds since 1970.
    public var validUntil: Int64
    public var openedAt: Int64
    public var now: Int64
    /// When the user's keys expire, in seconds from now.
    public var lifetime: Int
    /// The number of connections that a user may have; nil to remove none.
    public var maximum: Int?

    public var arguments: [String] {
        [
            "EVAL", Self.script, "2", validityKey, openingKey, connection, "\(validUntil)", "\(openedAt)",
            "\(lifetime)", "\(maximum ?? 0)", "\(now)",
        ]
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> [String] {
        try value.texts()
    }

    private static let script = """
        local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
        if not known or tonumber(known) < tonumber(ARGV[2]) then
            redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
            redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
            redis.call('EXPIRE', KEYS[1], ARGV[4])
            redis.call('EXPIRE', KEYS[2], ARGV[4])
        end
        local maximum = tonumber(ARGV[5])
        if maximum == 0 then return {} end
        local removed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[6])
        if #removed > 0 then
            redis.call('ZREM', KEYS[1], unpack(removed))
            redis.call('ZREM', KEYS[2], unpack(removed))
        end
        local excess = redis.call('ZCARD', KEYS[2]) - maximum
        if excess > 0 then
            for _, connection in ipairs(redis.call('ZRANGE', KEYS[2], 0, excess - 1)) do
                redis.call('ZREM', KEYS[1], connection)
                redis.call('ZREM', KEYS[2], connection)
                table.insert(removed, connection)
            end
        end
        return removed
        """
}
