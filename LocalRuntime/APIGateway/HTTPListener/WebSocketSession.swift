public import NIOCore
import NIOWebSocket
import Synchronization

typealias WebSocketChannel = NIOAsyncChannel<ReceivedFrame, WebSocketFrame>

/// How a WebSocket connection ended.
public struct WebSocketClosure: Sendable, Hashable {
    /// The close code; 1005 where the peer's close frame had none, 1006 where there was no close frame.
    public var code: Int
    public var reason: String

    public init(code: Int, reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// One open WebSocket connection.
///
/// Sending never waits. Frames are buffered up to a limit while the peer reads slowly; beyond it, sending fails at once.
public final class WebSocketSession: Sendable {
    /// How many messages of a peer that goes on sending after this side has sent a close frame are decoded, until its own
    /// close frame arrives.
    static let lateMessages = 256
    /// How many bytes of such a peer are then read.
    private static let lateInput = 1_048_576
    /// The most bytes that are buffered for a slow peer; ``send(_:)`` returns `full` beyond it.
    public static let pendingLimit = 4 * 1024 * 1024
    /// What a buffered frame needs in addition to its payload, in bytes; about as much as NIO's own records.
    private static let frameOverhead = 256

    /// The result of sending a message.
    public enum SendResult: Sendable {
        case sent, full, closed
    }

    private let channel: WebSocketChannel
    private let limits: HTTPListener.Limits
    private let pending = Atomic<Int>(0)
    /// Set as soon as either side begins to close the connection.
    private let closure = Mutex<WebSocketClosure?>(nil)

    private init(channel: WebSocketChannel, limits: HTTPListener.Limits) {
        self.channel = channel
        self.limits = limits
    }

    static func run(
        on channel: WebSocketChannel,
        limits: HTTPListener.Limits,
        _ body: @Sendable (WebSocketSession) async -> Void
    ) async {
        await body(WebSocketSession(channel: channel, limits: limits))
        channel.channel.close(promise: nil)
    }

    /// Reads until the connection ends and passes each text message, valid UTF-8, to `receive`. Nothing more is read until
    /// it returns, so that a peer which sends too fast has to wait.
    ///
    /// Pings and close frames are answered here. A binary message ends the connection with 1003, invalid UTF-8 with
    /// 1007, a message over the limit with 1009, and what else breaks the protocol with 1002. A peer that sends more than
    /// 100 pings or pongs a second for long, or pings but does not read the answers, loses the connection with 1008.
    public func messages(_ receive: (ByteBuffer) async -> Void) async -> WebSocketClosure {
        do {
            try await channel.executeThenClose { inbound, _ in
                var assembler = MessageAssembler(limits: limits)
                var controls = UnitBudget(capacity: 1_000, unitsPerSecond: 100, at: .now())
                var isEnding = false
                var lateMessages = 0
                // After this side has sent a close frame, input is read and dropped: closing a socket with unread
                // bytes resets it, and the peer might never read the close frame.
                for try await received in inbound where !isEnding {
                    if received.isControl {
                        controls.spend(1, at: .now())
                        guard !controls.isInDebt else {
                            isEnding = true
                            end(WebSocketClosure(code: 1008, reason: "Too many control frames"))
                            continue
                        }
                    }
                    switch assembler.take(received) {
                    case .nothing: continue
                    case .message(let text) where isOpen: await receive(text)
                    case .message:
                        lateMessages += 1
                        if lateMessages == Self.lateMessages { discardInput() }
                    case .ping(let data): if isOpen { try pong(data) }
                    case .violation(let violation):
                        isEnding = true
                        end(violation)
                    case .closed(let theirs):
                        answer(theirs)
                        return
                    }
                }
            }
        } catch {
            // The connection was lost, which is reported as 1006.
        }
        return closure.withLock { closure in
            let ending = closure ?? WebSocketClosure(code: 1006, reason: "")
            closure = ending
            return ending
        }
    }

    /// Sends a text message, which must be valid UTF-8, or returns why it cannot be sent.
    @discardableResult
    public func send(_ text: ByteBuffer) -> SendResult {
        guard isOpen, channel.channel.isActive else { return .closed }
        return write(WebSocketFrame(fin: true, opcode: .text, data: text)) ? .sent : .full
    }

    /// - Throws: ``SlowPeer`` if the buffer is full, which ends the connection: a pong cannot be withheld.
    private func pong(_ data: ByteBuffer) throws {
        guard !write(WebSocketFrame(fin: true, opcode: .pong, data: data)) else { return }
        _ = begin(WebSocketClosure(code: 1008, reason: "The client reads its messages too slowly"))
        throw SlowPeer()
    }

    private struct SlowPeer: Error {}

    /// Drops all further input before it is decoded, and ends the connection if it is much.
    private func discardInput() {
        channel.channel.triggerUserOutboundEvent(InputGate.Discard(limit: Self.lateInput), promise: nil)
    }

    /// Buffers a frame and sends it; false if the buffer is full.
    private func write(_ frame: WebSocketFrame) -> Bool {
        let size = frame.data.readableBytes + Self.frameOverhead
        guard pending.load(ordering: .relaxed) + size <= Self.pendingLimit else { return false }
        pending.add(size, ordering: .relaxed)
        channel.channel.writeAndFlush(frame).whenComplete { _ in
            self.pending.subtract(size, ordering: .relaxed)
        }
        return true
    }

    /// Sends a close frame, unless one was sent or received before. The connection ends when the peer answers, or after
    /// ten seconds.
    public func close(code: Int, reason: String) {
        guard begin(WebSocketClosure(code: code, reason: reason)) else { return }
        writeCloseFrame(code: code, reason: reason)
        let channel = channel.channel
        channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
    }

    /// Ends the connection of a peer that breaks the protocol, without waiting for its close frame: sends one, then the
    /// end of the stream. What the peer has sent by then is read and dropped for up to a second, because closing a socket
    /// with unread bytes resets it, and the peer might never read the close frame.
    private func end(_ violation: WebSocketClosure) {
        let channel = channel.channel
        let isFirst = begin(violation)
        let written = channel.eventLoop.makePromise(of: Void.self)
        if isFirst {
            writeCloseFrame(code: violation.code, reason: violation.reason, promise: written)
        } else {
            written.succeed()
        }
        written.futureResult.whenComplete { _ in
            channel.close(mode: .output, promise: nil)
            channel.triggerUserOutboundEvent(InputGate.Discard(limit: self.limits.discardedInput), promise: nil)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        // A peer that does not read may keep the close frame from being written.
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    private var isOpen: Bool { closure.withLock { $0 == nil } }

    /// Records how the connection ends; false if closing has begun before.
    private func begin(_ ending: WebSocketClosure) -> Bool {
        closure.withLock { closure in
            guard closure == nil else { return false }
            closure = ending
            return true
        }
    }

    private func answer(_ theirs: WebSocketClosure) {
        guard begin(theirs) else { return }
        if theirs.code == 1005 {
            channel.channel.writeAndFlush(
                WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer()),
                promise: nil
            )
        } else {
            writeCloseFrame(code: theirs.code, reason: "")
        }
    }

    private func writeCloseFrame(code: Int, reason: String, promise: EventLoopPromise<Void>? = nil) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: code))
        data.writeString(reason)
        channel.channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data), promise: promise)
    }
}
