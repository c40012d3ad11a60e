import Activity
import EmulatorCore
import EventSources
import Foundation
import GatewayCore
import LambdaHost
import SAMTemplate
import SQS
import ServiceLifecycle

/// What calls functions without a client: queues, schedules, and events that nobody waits for.
///
/// It starts when the template's custom resources are there, since the functions may need them.
struct EventServices: Service {
    let sink: EventRouter
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
            throw StartFailure("Events for functions cannot be kept: \(error)")
        }
        let sink = EventRouter(queues: queues, invoker: invoker)
        self.sink = sink
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
                sink: sink,
                activity: recorder
            )
            if runner == nil {
                let text = "\(schedule.logicalID): \(schedule.expression) in \(schedule.timeZone) is no schedule."
                terminal.warn(text)
                recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
            return runner
        }
        (deployment, start) = AsyncStream.makeStream()
    }

    /// Says that functions may be called.
    @Sendable func open() { start.finish() }

    /// What is under way when it ends has the time that functions have; what they do not do is kept for the next run.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in deployment {}
            guard !Task.isCancelled else { return }
            await withDiscardingTaskGroup { group in
                group.addTask { await invoker.run() }
                for poller in pollers { group.addTask { await poller.run() } }
                for schedule in schedules { group.addTask { await schedule.run() } }
            }
            // Without sources there is nothing to do, and a service that returns ends them all.
            try? await gracefulShutdown()
        }
        await queues.stop()
    }
}
