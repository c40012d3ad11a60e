import Activity
import EmulatorCore
import EventSources
import Foundation
import GatewayCore
import LambdaHost
import SAMTemplate
import SQS
import ServiceLifecycle

/// Invokes functions for queues, schedules and asynchronous events.
///
/// It starts after the custom resources of the template have been created, because the functions may need them.
struct EventServices: Service {
    let router: EventRouter
    let invoker: AsynchronousInvoker
    private let queues: QueueService
    private let pollers: [QueuePoller]
    private let schedules: [ScheduleRunner]
    private let deployment: AsyncStream<Never>
    private let start: AsyncStream<Never>.Continuation

    init(
        of application: Application,
        accountID: String,
        options: RunCommand,
        queues: QueueService,
        host: LambdaHost,
        recorder: ActivityRecorder,
        terminal: Terminal
    ) throws(StartFailure) {
        self.queues = queues
        do {
            invoker = AsynchronousInvoker(
                queue: try queues.privateQueue("events"),
                functions: application.functions,
                invoker: host,
                retryDelays: [options.retryDelay, 2 * options.retryDelay],
                queues: queues,
                activity: recorder,
                now: { UnixTime.now.milliseconds }
            )
        } catch {
            throw StartFailure("Events for functions cannot be stored: \(error)")
        }
        let router = EventRouter(queues: queues, invoker: invoker)
        self.router = router
        pollers = application.eventSourceMappings.filter(\.isEnabled).compactMap { mapping in
            queues.queue(arn: mapping.queue).map { queue in
                QueuePoller(mapping: mapping, queue: queue, region: options.region, invoker: host, activity: recorder)
            }
        }
        schedules = application.schedules.filter(\.isEnabled).compactMap { schedule in
            let runner = ScheduleRunner(
                schedule: schedule,
                accountID: accountID,
                region: options.region,
                router: router,
                activity: recorder
            )
            if runner == nil {
                let text =
                    "\(schedule.logicalID): \(schedule.expression) in \(schedule.timeZone) is not a valid schedule."
                terminal.warn(text)
                recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
            return runner
        }
        (deployment, start) = AsyncStream.makeStream()
    }

    /// Called when functions may be invoked.
    @Sendable func open() { start.finish() }

    /// Invocations that run at the shutdown are completed until the functions are stopped; other events stay in their
    /// queues for the next run.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in deployment {}
            guard !Task.isCancelled else { return }
            await withDiscardingTaskGroup { group in
                group.addTask { await invoker.run() }
                for poller in pollers { group.addTask { await poller.run() } }
                for schedule in schedules { group.addTask { await schedule.run() } }
            }
            // All sources may have ended, but a service that returns would stop the whole group.
            try? await gracefulShutdown()
        }
        await queues.stop()
    }
}
