import Dispatch
import Synchronization

/// Where an actor runs whose C calls block, so that they never hold a thread of Swift's cooperative pool: on a private
/// queue or, in a process that does one thing after the other, on the main thread.
public final class BlockingExecutor: SerialExecutor {
    private static let prefersMainThread = Atomic(false)

    private let queue: DispatchQueue?

    public init(label: String) {
        queue = Self.prefersMainThread.load(ordering: .relaxed) ? nil : DispatchQueue(label: label)
    }

    /// Has executors that are made from now on use the main thread.
    ///
    /// For a Lambda function, which waits for its answer in any case: to hand every call to another thread and back
    /// would cost more than many a call does. Two calls of one handler then never run at the same time.
    public static func useMainThread() {
        prefersMainThread.store(true, ordering: .relaxed)
    }

    /// What an actor returns as its `unownedExecutor`.
    public var forActor: UnownedSerialExecutor {
        unsafe queue == nil ? MainActor.sharedUnownedExecutor : asUnownedSerialExecutor()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        (queue ?? .main).async {
            unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
