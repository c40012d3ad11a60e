import Dispatch
import Synchronization

/// A serial executor for actors that make blocking calls. It keeps them off Swift's cooperative thread pool: they run
/// on a private queue or, after ``useMainThread()``, on the main thread.
public final class BlockingExecutor: SerialExecutor {
    private static let prefersMainThread = Atomic(false)

    private let queue: DispatchQueue?

    public init(label: String) {
        queue = Self.prefersMainThread.load(ordering: .relaxed) ? nil : DispatchQueue(label: label)
    }

    /// Makes executors created after this call use the main thread.
    ///
    /// Intended for Lambda functions, which wait for each result anyway: switching to another thread and back costs
    /// more than many of the calls. Blocking calls then never run concurrently.
    public static func useMainThread() {
        prefersMainThread.store(true, ordering: .relaxed)
    }

    /// The value for an actor's `unownedExecutor`.
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
