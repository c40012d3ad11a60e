public import Activity
import EmulatorCore
import Foundation
public import SAMTemplate

/// Sends the event of a schedule each time that it is due.
public struct ScheduleRunner: Sendable {
    private let schedule: ScheduleResource
    private let expression: ScheduleExpression
    private let accountID: String
    private let region: String
    private let router: EventRouter
    private let activity: ActivityRecorder

    /// Nil for an expression that EventBridge refuses, or an unknown time zone.
    public init?(
        schedule: ScheduleResource,
        accountID: String,
        region: String,
        router: EventRouter,
        activity: ActivityRecorder
    ) {
        guard let expression = ScheduleExpression(schedule.expression, timeZone: schedule.timeZone) else { return nil }
        self.schedule = schedule
        self.expression = expression
        self.accountID = accountID
        self.region = region
        self.router = router
        self.activity = activity
    }

    /// Returns when the task is cancelled or after the last run of the schedule. A rate counts from now.
    public func run() async {
        var last = Date()
        while let next = expression.next(after: last) {
            let wait = next.timeIntervalSinceNow
            if wait > 0, (try? await Task.sleep(for: .milliseconds(Int64(wait * 1_000)))) == nil { return }
            await send(at: next)
            // Runs that were missed while the machine slept are skipped.
            last = max(next, Date().addingTimeInterval(-1))
        }
    }

    private func send(at date: Date) async {
        do {
            let event = ScheduleEvent(of: schedule, accountID: accountID, region: region, at: date)
            try await router.deliver(event.payload, to: schedule.target, trigger: "schedule \(schedule.name)")
        } catch {
            let text = "The event of the schedule \(schedule.name) was not delivered: \(error)"
            activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
        }
    }
}
