import CHiredis

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The Redis protocol, parsed and formatted by hiredis. Its pointers never leave this file.
enum WireProtocol {
    /// Appends one command in the wire format.
    static func append(_ arguments: [String], to request: inout [UInt8]) throws(RedisError) {
        var storage: [UInt8] = []
        var lengths: [Int] = []
        for argument in arguments {
            storage += argument.utf8
            lengths.append(argument.utf8.count)
        }
        let formatted = unsafe storage.withUnsafeBytes { storage in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe lengths.map { length in
                defer { offset += length }
                return unsafe storage.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            var command: UnsafeMutablePointer<CChar>?
            let count = unsafe redisFormatCommandArgv(&command, Int32(pointers.count), &pointers, lengths)
            guard let command = unsafe command, count > 0 else { return false }
            unsafe request += UnsafeRawBufferPointer(start: command, count: Int(count))
            unsafe redisFreeCommand(command)
            return true
        }
        guard formatted else { throw RedisError(.connectionFailed, message: "Out of memory.") }
    }
}

/// The only owner of one `redisReader`.
@safe struct ReplyReader: ~Copyable {
    private let pointer: UnsafeMutablePointer<redisReader>

    init() throws(RedisError) {
        guard let pointer = unsafe redisReaderCreate() else {
            throw RedisError(.connectionFailed, message: "Out of memory.")
        }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe redisReaderFree(pointer)
    }

    /// Adds bytes received from the server.
    mutating func feed(_ bytes: [UInt8]) throws(RedisError) {
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe redisReaderFeed(
                pointer,
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                buffer.count
            )
        }
        guard status == REDIS_OK else { throw Self.unreadable }
    }

    /// The next reply; nil if it is incomplete.
    mutating func next() throws(RedisError) -> RedisValue? {
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(pointer, &reply) == REDIS_OK else { throw Self.unreadable }
        guard let reply = unsafe reply else { return nil }
        defer { unsafe freeReplyObject(reply) }
        return unsafe RedisValue(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private static var unreadable: RedisError {
        RedisError(.connectionLost, message: "The server's reply is not in the Redis protocol.")
    }
}

extension RedisValue {
    fileprivate init(_ reply: redisReply) {
        switch unsafe reply.type {
        case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            self = unsafe .string(Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len)))
        case REDIS_REPLY_ERROR:
            self = unsafe .error(
                String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self)
            )
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = unsafe .array(elements.map { unsafe $0.map { unsafe RedisValue($0.pointee) } ?? .null })
        default: self = .null
        }
    }
}
