import NIOCore
import Synchronization

/// Closes a connection whose client does not send in time what it has begun to send.
///
/// Between requests, the deadline of an idle connection applies; during a request, that of the part that the client is
/// sending. While the server works, the connection has no deadline. The time is checked at intervals, because setting a
/// timer for each request would cost more.
final class ConnectionDeadline: Sendable {
    private static let none = UInt64.max

    /// In nanoseconds since the machine started.
    private let deadline: Atomic<UInt64>
    /// Whether the server waits for the first byte of a request.
    private let isIdle = Atomic<Bool>(true)
    private let limits: HTTPListener.Limits
    private let check = Mutex<RepeatedTask?>(nil)

    /// Begins to wait for the first request.
    init(of channel: any Channel, limits: HTTPListener.Limits) {
        self.limits = limits
        deadline = Atomic((NIODeadline.now() + limits.requestHead).uptimeNanoseconds)
        let interval = min(limits.requestHead, limits.bodyPause) / 8
        let check = channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] task in
            guard NIODeadline.now().uptimeNanoseconds >= deadline.load(ordering: .relaxed) else { return }
            task.cancel()
            channel.close(promise: nil)
        }
        self.check.withLock { $0 = check }
        channel.closeFuture.whenComplete { [self] _ in cancel() }
    }

    /// Ends the checks, because the connection is no longer one for requests.
    func cancel() { check.withLock { $0 }?.cancel() }

    /// Bytes have arrived. The first ones of a request begin the time for its head.
    func received() {
        guard isIdle.load(ordering: .relaxed) else { return }
        isIdle.store(false, ordering: .relaxed)
        set(NIODeadline.now() + limits.requestHead)
    }

    /// The server has answered a request and waits for the next one.
    func waitForRequest() {
        set(NIODeadline.now() + limits.idle)
        isIdle.store(true, ordering: .relaxed)
    }

    /// The server waits for more of a body.
    func wait(for budget: BodyBudget) { set(.now() + budget.allowance(at: .now())) }

    /// The server waits for the client to take a response of this size from memory: a minute, and a second for each
    /// 16 KiB.
    func waitForReader(of count: Int) { set(NIODeadline.now() + .minutes(1) + .seconds(Int64(count / 16_384))) }

    /// The server waits for nothing.
    func clear() {
        isIdle.store(false, ordering: .relaxed)
        deadline.store(Self.none, ordering: .relaxed)
    }

    private func set(_ time: NIODeadline) { deadline.store(time.uptimeNanoseconds, ordering: .relaxed) }
}

/// How long the next bytes of a body may take.
///
/// A client may pause, but not so often that the body never ends: after a minute it must have sent 1 KiB a second on
/// average.
struct BodyBudget {
    private static let grace = TimeAmount.minutes(1)
    private static let bytesPerSecond: Int64 = 1_024

    private let begin: NIODeadline
    private let pause: TimeAmount
    private var received: Int64 = 0

    init(begin: NIODeadline, pause: TimeAmount) {
        self.begin = begin
        self.pause = pause
    }

    mutating func add(_ bytes: Int) { received += Int64(bytes) }

    /// How long to wait from now on; not positive if the body is too slow.
    func allowance(at now: NIODeadline) -> TimeAmount {
        let earned = TimeAmount.milliseconds(received * 1_000 / Self.bytesPerSecond)
        return min(pause, begin + Self.grace + earned - now)
    }
}

/// Reports the arrival of bytes, before they are parsed.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let deadline: ConnectionDeadline

    init(deadline: ConnectionDeadline) { self.deadline = deadline }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        deadline.received()
        context.fireChannelRead(data)
    }
}

extension TimeAmount {
    fileprivate static func / (time: TimeAmount, divisor: Int64) -> TimeAmount {
        .nanoseconds(max(1_000_000, time.nanoseconds / divisor))
    }
}
