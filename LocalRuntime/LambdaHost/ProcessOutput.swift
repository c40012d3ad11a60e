import Glibc
import NIOCore
import NIOPosix

/// What a process writes to its standard output and error, as lines, in one order.
///
/// NIO reads the pipe as it fills. When a process answers, ``drain()`` reads what it wrote before that, so that a line
/// never counts towards the next invocation. Everything happens on one event loop.
final class ProcessOutput {
    private let descriptor: CInt
    private var channel: (any Channel)?
    private var lines = LogLines()
    private let report: ([String]) -> Void

    /// - Parameter descriptor: The reading end of the pipe; owned from now on.
    init(descriptor: CInt, report: @escaping ([String]) -> Void) {
        self.descriptor = descriptor
        self.report = report
    }

    /// Begins to read as the pipe fills.
    func start(on loop: any EventLoop) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        let output = NIOLoopBound(self, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(output.value))
                }
            }
            .takingOwnershipOfDescriptor(input: copy)
            .whenComplete { result in
                switch result {
                case .success(let channel): output.value.started(channel)
                case .failure: Glibc.close(copy)
                }
            }
    }

    private func started(_ channel: any Channel) {
        guard !isClosed else { return channel.close(promise: nil) }
        self.channel = channel
    }

    /// Reads what has been written so far.
    func drain() {
        guard !isClosed else { return }
        while true {
            var buffer = ByteBuffer()
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 16_384) { bytes in
                max(0, read(descriptor, bytes.baseAddress, bytes.count))
            }
            guard count > 0 else { return }
            take(buffer)
        }
    }

    /// Gives a last line that lacks its end.
    func flush() {
        if let line = lines.flush() { report([line]) }
    }

    private var isClosed = false

    /// Reads to the end. Whoever still holds the pipe writes in vain.
    func close() {
        guard !isClosed else { return }
        drain()
        flush()
        isClosed = true
        channel?.close(promise: nil)
        Glibc.close(descriptor)
    }

    private func take(_ buffer: ByteBuffer) {
        let complete = lines.append(buffer.readableBytesView)
        if !complete.isEmpty { report(complete) }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let output: ProcessOutput

        init(_ output: ProcessOutput) { self.output = output }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            output.take(unwrapInboundIn(data))
        }
    }

    /// A pipe whose reading end never blocks. Not a socket: programs that open `/dev/stderr` could not write to it.
    static func makePipe() -> (read: CInt, write: CInt)? {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        return (ends[0], ends[1])
    }
}
