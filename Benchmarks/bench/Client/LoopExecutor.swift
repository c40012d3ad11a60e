import NIOCore

/// Runs tasks on an event loop, so that a message costs the client no change of threads: on a machine that also runs
/// what is measured, the client should take as little as it can.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
