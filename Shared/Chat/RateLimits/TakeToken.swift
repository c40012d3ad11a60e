public import Redis

/// Takes a token from a user's bucket, which is created if it does not exist. The reply is the time in milliseconds until
/// the next token can be taken; 0 if it can be taken now.
///
/// A bucket is one number: when it will be full. It expires then, so an inactive user has no buckets. The script runs on
/// one key, which a cluster allows, and by the server's clock, because those of the functions differ.
///
/// Declared idempotent, so that a pipeline with it is sent again if the connection broke: at worst it takes two tokens.
public struct TakeToken: Command {
    /// What happens if the bucket is empty.
    public enum Mode: String, Sendable {
        /// Takes nothing. The action is not carried out.
        case refusing = "0"
        /// Takes a token in advance. The action was carried out already, and those that follow have to wait longer.
        case borrowing = "1"
    }

    public static let isIdempotent = true
    public var key: String
    public var limit: RateLimit
    public var mode: Mode

    public init(key: String, limit: RateLimit, mode: Mode) {
        self.key = key
        self.limit = limit
        self.mode = mode
    }

    public var arguments: [String] {
        ["EVAL", Self.script, "1", key, "\(limit.interval)", "\(limit.count)", mode.rawValue]
    }

    public static func decode(_ value: RedisValue) throws(RedisError) -> Int {
        Int(try value.integer())
    }

    // No more is borrowed than a full bucket holds, so that no wait is longer than the limit's seconds.
    private static let script = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + clock[2] / 1000
        local interval = tonumber(ARGV[1])
        local capacity = interval * tonumber(ARGV[2])
        local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
        if ARGV[3] == '0' and full + interval - capacity > now + 0.5 then
            return math.ceil(full + interval - capacity - now)
        end
        full = math.min(full + interval, now + 2 * capacity)
        redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
        if ARGV[3] == '0' then return 0 end
        return math.max(0, math.ceil(full + interval - capacity - now))
        """
}
