import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Stands before the decoder of a connection and gives it the client's bytes in small portions.
///
/// A decoder processes everything that it is given at once, so that a client which sends 256 KiB of one-byte chunks, pings
/// or pipelined requests would keep the event loop from all other connections. And a decoder that has met an upgrade
/// request keeps all further bytes, which would fill the memory. This handler therefore
/// - ends a portion when the decoder has made many parts or frames of it, and lets the event loop serve others first;
/// - makes a client wait that sends mostly tiny parts, see ``UnitBudget``;
/// - reads nothing from the socket while bytes are left, while nothing downstream wants more, and after the last request
///   of a connection, or while an upgrade is undecided;
/// - drops what arrives after ``Discard``, before it is parsed.
final class InputGate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData

    /// An outbound event: drop all further input, and close the connection if it exceeds the limit.
    struct Discard: Sendable {
        /// In bytes.
        var limit: Int
    }

    private enum Phase {
        case requests
        /// The parser has stopped.
        case stopped
        case frames
        case discarding(limit: Int)
    }

    /// The first bytes that are decoded at once; more if they turn out to be few parts.
    private static let smallestPortion = 1_024
    private static let largestPortion = 8_192
    /// How many parts of a request or frames are decoded before others are served.
    private static let partsAtOnce = 16
    /// How many bytes are decoded before others are served, except in a body of known length.
    private static let bytesAtOnce = 65_536
    /// The most bytes that are kept after the parser has stopped. The kernel's end-of-stream event makes NIO read all.
    private static let stoppedLimit = 65_536
    /// The most bytes without any part of a request, such as an endless chunk extension.
    private static let silenceLimit = 262_144
    /// How long others are served; an event loop would run an immediate task before it looks for input.
    private static let turn = TimeAmount.microseconds(100)

    private(set) var meter = InputMeter()
    private var phase = Phase.requests
    private var held = ByteBuffer()
    private var portion = smallestPortion
    private var silentBytes = 0
    private var budget = UnitBudget(capacity: 256, unitsPerSecond: 2_000, at: .now())
    /// Whether downstream has asked for input and got none since.
    private var isWanted = false
    private var next: Scheduled<Void>?
    /// Whether the client has ended its side, and downstream does not know it yet.
    private var hasUnreportedEnd = false
    private var context: ChannelHandlerContext?

    /// The bytes that wait here.
    var heldBytes: Int { held.readableBytes }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        next?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        next?.cancel()
        held = ByteBuffer()
        context.fireChannelInactive()
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch phase {
        case .discarding(let limit):
            let rest = limit - bytes.readableBytes
            phase = .discarding(limit: rest)
            if rest < 0 { context.close(promise: nil) }
            return
        case .stopped where held.readableBytes + bytes.readableBytes > Self.stoppedLimit: return
        case .requests, .stopped, .frames: break
        }
        if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .discarding = phase {
            context.fireChannelReadComplete()
            return context.read()
        }
        guard isWanted, next == nil else { return }
        pass(context)
    }

    func read(context: ChannelHandlerContext) {
        isWanted = true
        advance(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent, held.readableBytes > 0 {
            switch phase {
            case .requests, .frames:
                hasUnreportedEnd = true
                // The socket will not ask any more.
                return context.channel.read()
            case .stopped, .discarding: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Gets the next input for downstream: from what is held, or else from the socket.
    private func advance(_ context: ChannelHandlerContext) {
        switch phase {
        case .stopped: return
        case .discarding: return context.read()
        case .requests, .frames: break
        }
        guard next == nil else { return }
        guard held.readableBytes > 0 || budget.isInDebt else { return context.read() }
        let delay = max(Self.turn, budget.delay(at: .now()))
        next = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.next = nil
            guard let context = self.context else { return }
            guard self.held.readableBytes > 0 else { return self.advance(context) }
            self.pass(context)
            context.channel.read()
        }
    }

    /// Gives the decoder one or more portions.
    private func pass(_ context: ChannelHandlerContext) {
        isWanted = false
        var parts = 0
        var bytes = 0
        meter.reset()
        while held.readableBytes > 0, parts <= Self.partsAtOnce, bytes < Self.bytesAtOnce, decodes {
            let isBody = meter.bodyRemaining > 0
            let length = min(isBody ? meter.bodyRemaining : portion, held.readableBytes)
            guard let slice = held.readSlice(length: length) else { break }
            if !isBody { bytes += length }
            context.fireChannelRead(wrapInboundOut(slice))
            adapt(length, count: meter.count - parts, context)
            parts = meter.count
        }
        if held.readableBytes == 0 { held = ByteBuffer() }
        if meter.cost > 0 { budget.spend(meter.cost, at: .now()) }
        context.fireChannelReadComplete()
        if hasUnreportedEnd, held.readableBytes == 0 {
            hasUnreportedEnd = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    private var decodes: Bool {
        switch phase {
        case .requests, .frames: true
        case .stopped, .discarding: false
        }
    }

    private func adapt(_ length: Int, count: Int, _ context: ChannelHandlerContext) {
        portion = count > 4 ? Self.smallestPortion : min(portion * 2, Self.largestPortion)
        guard case .requests = phase else { return }
        silentBytes = count > 0 ? 0 : silentBytes + length
        if silentBytes > Self.silenceLimit { context.close(promise: nil) }
    }

    // MARK: Decoded input

    /// Whether what the decoder yields are parts of requests.
    var readsRequests: Bool { if case .requests = phase { true } else { false } }

    func count(_ part: HTTPServerRequestPart) {
        meter.add(part)
        if case .end = part, meter.isLastRequest { phase = .stopped }
    }

    func count(_ frame: WebSocketFrame) { meter.add(frame) }

    /// The connection has been upgraded to WebSocket.
    func beginFrames() {
        phase = .frames
        portion = Self.smallestPortion
        isWanted = true
        if let context { advance(context) }
    }

    // MARK: Discarding

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let discard = event as? Discard else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        phase = .discarding(limit: discard.limit)
        held = ByteBuffer()
        next?.cancel()
        next = nil
        if hasUnreportedEnd {
            hasUnreportedEnd = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            context.read()
        }
    }
}

/// Reports to the gate what the HTTP decoder makes of its bytes.
final class RequestMeterHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let gate: InputGate
    private var isFirst = true

    init(gate: InputGate) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After an upgrade these are bytes and frames.
        guard gate.readsRequests else { return context.fireChannelRead(data) }
        let part = unwrapInboundIn(data)
        gate.count(part)
        guard case .head(var head) = part else { return context.fireChannelRead(data) }
        let isHandshake = isFirst && Handshake.isAttempt(head)
        isFirst = false
        guard head.leavesHTTP, !isHandshake else { return context.fireChannelRead(data) }
        // The request is answered as any other, but the parser reads no further one.
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
