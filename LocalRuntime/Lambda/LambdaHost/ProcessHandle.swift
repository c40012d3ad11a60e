import NIOCore

/// A ``FunctionProcess`` for use on other threads.
struct ProcessHandle: Sendable {
    let eventLoop: any EventLoop
    private let process: NIOLoopBound<FunctionProcess>

    init(_ process: FunctionProcess) {
        eventLoop = process.eventLoop
        self.process = NIOLoopBound(process, eventLoop: process.eventLoop)
    }

    /// The process; only on its event loop.
    var onLoop: FunctionProcess { process.value }

    /// Runs `body` on the event loop of the process: now if the caller is on it, otherwise later.
    func execute(_ body: @escaping @Sendable (FunctionProcess) -> Void) {
        if eventLoop.inEventLoop {
            body(process.value)
        } else {
            eventLoop.execute { body(process.value) }
        }
    }
}
