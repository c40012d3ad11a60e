import Journal
import NIOCore

/// The binary form of a queue's changes in its journal: a byte for the kind, then the fields.
struct QueueChangeCodec: JournalCodec {
    struct InvalidRecord: Error {}

    let framing = JournalFraming.lengthPrefixed

    func encode(_ change: QueueChange, into buffer: inout ByteBuffer) { buffer.write(change) }

    func decode(_ bytes: ByteBuffer) throws -> QueueChange {
        var bytes = bytes
        guard let change = bytes.readChange(), bytes.readableBytes == 0 else { throw InvalidRecord() }
        return change
    }
}

extension ByteBuffer {
    private enum Kind: UInt8 {
        case settings = 1
        case counter, duplicate, stored, received, hidden, removed
        /// As earlier versions wrote it, without a time.
        case purgedOnce
        case purged
    }

    fileprivate mutating func write(_ change: QueueChange) {
        switch change {
        case .settings(let settings):
            writeInteger(Kind.settings.rawValue)
            write(settings)
        case .counter(let number):
            writeInteger(Kind.counter.rawValue)
            writeInteger(number)
        case .duplicate(let duplicate):
            writeInteger(Kind.duplicate.rawValue)
            write(duplicate.key)
            write(duplicate.messageID)
            writeInteger(duplicate.number)
            writeInteger(duplicate.expiresAt)
        case .stored(let stored):
            writeInteger(Kind.stored.rawValue)
            writeInteger(stored.number)
            writeInteger(stored.visibleAt)
            writeInteger(stored.receiveCount)
            writeInteger(stored.firstReceivedAt ?? -1)
            write(stored.message)
        case .received(let number, let visibleAt, let count, let time):
            writeInteger(Kind.received.rawValue)
            writeInteger(number)
            writeInteger(visibleAt)
            writeInteger(count)
            writeInteger(time)
        case .hidden(let number, let visibleAt):
            writeInteger(Kind.hidden.rawValue)
            writeInteger(number)
            writeInteger(visibleAt)
        case .removed(let number):
            writeInteger(Kind.removed.rawValue)
            writeInteger(number)
        case .purged(let time):
            writeInteger(Kind.purged.rawValue)
            writeInteger(time)
        }
    }

    fileprivate mutating func readChange() -> QueueChange? {
        guard let kind = readInteger(as: UInt8.self).flatMap(Kind.init(rawValue:)) else { return nil }
        switch kind {
        case .settings:
            return readSettings().map { .settings($0) }
        case .counter:
            return readInteger(as: Int.self).map { .counter($0) }
        case .duplicate:
            guard let key = readText(), let messageID = readText(), let number = readInteger(as: Int.self),
                let expiresAt = readInteger(as: Int64.self)
            else { return nil }
            return .duplicate(.init(key: key, messageID: messageID, number: number, expiresAt: expiresAt))
        case .stored:
            guard let number = readInteger(as: Int.self), let visibleAt = readInteger(as: Int64.self),
                let count = readInteger(as: Int.self), let first = readInteger(as: Int64.self),
                let message = readMessage()
            else { return nil }
            var stored = StoredMessage(number: number, message: message, visibleAt: visibleAt, receiveCount: count)
            stored.firstReceivedAt = first < 0 ? nil : first
            return .stored(stored)
        case .received:
            guard let number = readInteger(as: Int.self), let visibleAt = readInteger(as: Int64.self),
                let count = readInteger(as: Int.self), let time = readInteger(as: Int64.self)
            else { return nil }
            return .received(number: number, visibleAt: visibleAt, count: count, time: time)
        case .hidden:
            guard let number = readInteger(as: Int.self), let visibleAt = readInteger(as: Int64.self) else {
                return nil
            }
            return .hidden(number: number, visibleAt: visibleAt)
        case .removed:
            return readInteger(as: Int.self).map { .removed(number: $0) }
        case .purged:
            return readInteger(as: Int64.self).map { .purged(at: $0) }
        case .purgedOnce:
            return .purged(at: 0)
        }
    }

    // MARK: Messages

    private mutating func write(_ message: QueueMessage) {
        write(message.id)
        write(message.body)
        writeInteger(message.sentAt)
        write(message.traceHeader)
        write(message.groupID)
        write(message.deduplicationID)
        write(message.deadLetterSource)
        writeInteger(UInt32(message.attributes.count))
        for attribute in message.attributes {
            write(attribute.name)
            write(attribute.dataType)
            switch attribute.value {
            case .text(let text):
                writeInteger(1 as UInt8)
                write(text)
            case .binary(let bytes):
                writeInteger(2 as UInt8)
                writeLengthPrefixed(bytes)
            }
        }
    }

    private mutating func readMessage() -> QueueMessage? {
        guard let id = readText(), let body = readText(), let sentAt = readInteger(as: Int64.self),
            let traceHeader = readOptionalText(), let groupID = readOptionalText(),
            let deduplicationID = readOptionalText(), let deadLetterSource = readOptionalText(),
            let count = readInteger(as: UInt32.self)
        else { return nil }
        var message = QueueMessage(
            id: id,
            body: body,
            traceHeader: traceHeader,
            groupID: groupID,
            deduplicationID: deduplicationID,
            sentAt: sentAt
        )
        message.deadLetterSource = deadLetterSource
        for _ in 0..<count {
            guard let name = readText(), let dataType = readText(), let kind = readInteger(as: UInt8.self),
                let length = readInteger(as: UInt32.self), let bytes = readBytes(length: Int(length))
            else { return nil }
            message.attributes.append(
                MessageAttribute(
                    name: name,
                    dataType: dataType,
                    value: kind == 1 ? .text(String(decoding: bytes, as: UTF8.self)) : .binary(bytes)
                )
            )
        }
        return message
    }

    // MARK: Settings

    private mutating func write(_ settings: QueueSettings) {
        for flag in [
            settings.isFIFO, settings.deduplicatesByContent, settings.deduplicatesByGroup, settings.isDeclared,
        ] {
            writeInteger(flag ? 1 : 0 as UInt8)
        }
        for number in [
            settings.visibilityTimeout, settings.retentionPeriod, settings.delay, settings.receiveWaitTime,
            settings.maximumMessageSize, settings.redrivePolicy?.maximumReceiveCount ?? 0,
        ] {
            writeInteger(number)
        }
        writeInteger(settings.createdAt)
        writeInteger(settings.modifiedAt)
        write(settings.redrivePolicy?.deadLetterTarget)
        write(settings.inert)
        write(settings.tags)
    }

    private mutating func readSettings() -> QueueSettings? {
        guard let flags = readBytes(length: 4) else { return nil }
        var numbers: [Int] = []
        for _ in 0..<6 {
            guard let number = readInteger(as: Int.self) else { return nil }
            numbers.append(number)
        }
        guard let createdAt = readInteger(as: Int64.self), let modifiedAt = readInteger(as: Int64.self),
            let deadLetterTarget = readOptionalText(), let inert = readTexts(), let tags = readTexts()
        else { return nil }
        var settings = QueueSettings(isFIFO: flags[0] == 1)
        settings.deduplicatesByContent = flags[1] == 1
        settings.deduplicatesByGroup = flags[2] == 1
        settings.isDeclared = flags[3] == 1
        settings.visibilityTimeout = numbers[0]
        settings.retentionPeriod = numbers[1]
        settings.delay = numbers[2]
        settings.receiveWaitTime = numbers[3]
        settings.maximumMessageSize = numbers[4]
        settings.redrivePolicy = deadLetterTarget.map {
            QueueSettings.RedrivePolicy(deadLetterTarget: $0, maximumReceiveCount: numbers[5])
        }
        settings.createdAt = createdAt
        settings.modifiedAt = modifiedAt
        settings.inert = inert
        settings.tags = tags
        return settings
    }

    // MARK: Text

    private mutating func write(_ text: String) { writeLengthPrefixed(text.utf8) }

    private mutating func write(_ text: String?) {
        writeInteger(text == nil ? 0 : 1 as UInt8)
        if let text { write(text) }
    }

    private mutating func write(_ texts: [String: String]) {
        writeInteger(UInt32(texts.count))
        for (name, value) in texts.sorted(by: { $0.key < $1.key }) {
            write(name)
            write(value)
        }
    }

    private mutating func readText() -> String? {
        readInteger(as: UInt32.self).flatMap { readString(length: Int($0)) }
    }

    /// - Returns: Nil if the bytes are invalid; `.some(nil)` for an absent text.
    private mutating func readOptionalText() -> String?? {
        switch readInteger(as: UInt8.self) {
        case 0: .some(nil)
        case 1: readText().map { .some($0) }
        default: nil
        }
    }

    private mutating func readTexts() -> [String: String]? {
        guard let count = readInteger(as: UInt32.self) else { return nil }
        var texts: [String: String] = [:]
        for _ in 0..<count {
            guard let name = readText(), let value = readText() else { return nil }
            texts[name] = value
        }
        return texts
    }
}
