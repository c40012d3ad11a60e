import NIOCore

/// Runs tasks on an event loop, so that the client does not switch threads for a message: it shares the machine with what
/// is measured, and should use as little of it as possible.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
