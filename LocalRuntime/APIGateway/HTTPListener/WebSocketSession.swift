public import NIOCore
import NIOWebSocket
import Synchronization

typealias WebSocketChannel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

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
/// Sending never waits. Bytes are buffered up to a limit while the peer reads slowly; beyond it, sending fails at once.
public final class WebSocketSession: Sendable {
    /// The most bytes that are buffered for a slow peer; ``send(_:)`` returns `full` beyond it.
    public static let pendingLimit = 4 * 1024 * 1024

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

    /// Reads until the connection ends and passes each text message, valid UTF-8, to `receive`.
    ///
    /// Pings and close frames are answered here. A binary message closes the connection with 1003, invalid UTF-8 with
    /// 1007, a message over the limit with 1009.
    public func messages(_ receive: (ByteBuffer) -> Void) async -> WebSocketClosure {
        do {
            try await channel.executeThenClose { inbound, _ in
                var assembler = MessageAssembler(limits: limits)
                // After this side has sent a close frame, input is read and dropped: closing a socket with unread
                // bytes resets it, and the peer might never read the close frame.
                for try await frame in inbound {
                    switch assembler.take(frame) {
                    case .nothing: continue
                    case .message(let text): if isOpen { receive(text) }
                    case .ping(let data): write(WebSocketFrame(fin: true, opcode: .pong, data: data))
                    case .violation(let violation): close(code: violation.code, reason: violation.reason)
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
        let size = text.readableBytes
        guard pending.load(ordering: .relaxed) + size <= Self.pendingLimit else { return .full }
        pending.add(size, ordering: .relaxed)
        channel.channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .text, data: text)).whenComplete { _ in
            self.pending.subtract(size, ordering: .relaxed)
        }
        return .sent
    }

    /// Sends a close frame, unless one was sent or received before. The connection ends when the peer answers, or after
    /// ten seconds.
    public func close(code: Int, reason: String) {
        guard begin(WebSocketClosure(code: code, reason: reason)) else { return }
        writeCloseFrame(code: code, reason: reason)
        let channel = channel.channel
        channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
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
            write(WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer()))
        } else {
            writeCloseFrame(code: theirs.code, reason: "")
        }
    }

    private func writeCloseFrame(code: Int, reason: String) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: code))
        data.writeString(reason)
        write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }

    private func write(_ frame: WebSocketFrame) {
        channel.channel.writeAndFlush(frame, promise: nil)
    }
}
