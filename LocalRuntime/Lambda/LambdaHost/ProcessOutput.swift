import Glibc
import NIOCore
import NIOPosix

/// Reads the standard output and error of a process as lines, in the order in which they were written.
///
/// When a process answers an invocation, the pipe may still contain output from before. ``whenRead(_:)`` waits for
/// exactly that output, so that no line is attributed to the next invocation. Everything happens on one event loop.
final class ProcessOutput {
    private let descriptor: CInt
    private var channel: (any Channel)?
    private var isClosed = false
    private var lines = LineSplitter()
    private var bytesRead = 0
    private var waiting = CircularBuffer<(bytesRead: Int, action: () -> Void)>()
    private let report: ([String]) -> Void

    /// - Parameters:
    ///   - descriptor: The reading end of the pipe. This object closes it.
    ///   - report: Called with complete lines.
    init(descriptor: CInt, report: @escaping ([String]) -> Void) {
        self.descriptor = descriptor
        self.report = report
    }

    /// Starts reading.
    func start(on loop: any EventLoop) {
        let output = NIOLoopBound(self, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(output.value))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .whenComplete { output.value.started(try? $0.get()) }
    }

    private func started(_ channel: (any Channel)?) {
        self.channel = channel
        if channel == nil {
            Glibc.close(descriptor)
            ended()
        } else if isClosed {
            channel?.close(promise: nil)
        }
    }

    /// Calls `action` when everything that is in the pipe now has been read: at once, if the pipe is empty.
    func whenRead(_ action: @escaping () -> Void) {
        let unread = unreadBytes
        guard unread > 0 || !waiting.isEmpty else { return action() }
        waiting.append((bytesRead + unread, action))
    }

    /// Reports the last line even if its line feed is missing.
    func flush() {
        if let line = lines.flush() { report([line]) }
    }

    /// Reads what is in the pipe and closes it. What other processes write to it later is lost.
    func close() {
        guard !isClosed else { return }
        var unread = unreadBytes
        while unread > 0 {
            var buffer = ByteBuffer()
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: min(unread, 65_536)) { bytes in
                max(0, read(descriptor, bytes.baseAddress, bytes.count))
            }
            guard count > 0 else { break }
            unread -= count
            take(buffer)
        }
        channel?.close(promise: nil)
        ended()
    }

    private var unreadBytes: Int {
        var count: CInt = 0
        guard !isClosed, ioctl(descriptor, UInt(FIONREAD), &count) == 0 else { return 0 }
        return Int(count)
    }

    private func ended() {
        guard !isClosed else { return }
        isClosed = true
        flush()
        while let (_, action) = waiting.popFirst() { action() }
    }

    /// Ignores bytes that a process left behind writes after ``close()``: the owner may be gone by then.
    private func take(_ buffer: ByteBuffer) {
        guard !isClosed else { return }
        bytesRead += buffer.readableBytes
        let complete = lines.append(buffer.readableBytesView)
        if !complete.isEmpty { report(complete) }
        while let first = waiting.first, first.bytesRead <= bytesRead {
            waiting.removeFirst()
            first.action()
        }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let output: ProcessOutput

        init(_ output: ProcessOutput) { self.output = output }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            output.take(unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) {
            output.ended()
            context.fireChannelInactive()
        }
    }

    /// A pipe whose reading end does not block. Not a socket, because `/dev/stderr` cannot be opened if it is one.
    static func makePipe() -> (read: CInt, write: CInt)? {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        return (ends[0], ends[1])
    }
}
