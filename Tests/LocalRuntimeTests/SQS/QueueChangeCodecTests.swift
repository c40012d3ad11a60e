import NIOCore
import Testing

@testable import SQS

@Suite("The changes of a queue in its journal")
struct QueueChangeCodecTests {
    private static let changes: [QueueChange] = {
        var settings = QueueSettings(isFIFO: true)
        settings.redrivePolicy = .init(deadLetterTarget: "arn:x", maximumReceiveCount: 3)
        settings.inert = ["Policy": "{}"]
        settings.tags = ["a": "b"]
        settings.createdAt = 5
        var message = QueueMessage(
            id: "1",
            body: "grüße 🎉",
            attributes: [
                .init(name: "t", dataType: "String", value: .text("x")),
                .init(name: "b", dataType: "Binary", value: .binary([0, 255])),
            ],
            traceHeader: "Root=1",
            groupID: "g",
            deduplicationID: "d",
            sentAt: 7
        )
        message.deadLetterSource = "arn:y"
        return [
            .settings(settings), .counter(9), .stored(StoredMessage(number: 9, message: message, visibleAt: 3)),
            .duplicate(.init(key: "d", messageID: "1", number: 9, expiresAt: 8)),
            .received(number: 9, visibleAt: 4, count: 2, time: 3), .hidden(number: 9, visibleAt: 6),
            .removed(number: 9), .purged(at: 7),
        ]
    }()

    @Test(arguments: changes) func decodesWhatItEncodes(change: QueueChange) throws {
        let codec = QueueChangeCodec()
        var buffer = ByteBuffer()
        codec.encode(change, into: &buffer)
        #expect(try codec.decode(buffer) == change)
    }

    @Test(arguments: changes) func refusesEveryOtherLength(change: QueueChange) {
        let codec = QueueChangeCodec()
        var buffer = ByteBuffer()
        codec.encode(change, into: &buffer)
        for length in 0..<buffer.readableBytes {
            let prefix = buffer.getSlice(at: 0, length: length) ?? ByteBuffer()
            #expect(throws: QueueChangeCodec.InvalidRecord.self) { try codec.decode(prefix) }
        }
        var longer = buffer
        longer.writeInteger(0 as UInt8)
        let bytes = longer
        #expect(throws: QueueChangeCodec.InvalidRecord.self) { try codec.decode(bytes) }
    }

    /// Journals of earlier versions have to stay readable.
    @Test func keepsItsFormat() throws {
        var buffer = ByteBuffer()
        QueueChangeCodec().encode(.received(number: 1, visibleAt: 2, count: 3, time: 4), into: &buffer)
        #expect(Array(buffer.readableBytesView) == [5] + [1, 2, 3, 4].flatMap { [0, 0, 0, 0, 0, 0, 0, $0] })
        #expect(try QueueChangeCodec().decode(ByteBuffer(bytes: [8])) == .purged(at: 0))
    }
}
