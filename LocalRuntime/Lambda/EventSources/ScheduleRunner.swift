public import Activity
import EmulatorCore
import Foundation
import NIOCore
public import SAMTemplate

/// A schedule: sends its event whenever it comes round.
public struct ScheduleRunner: Sendable {
    private let schedule: ScheduleResource
    private let expression: ScheduleExpression
    private let accountID: String
    private let region: String
    private let sink: EventRouter
    private let activity: ActivityRecorder

    /// Nil for an expression that EventBridge refuses.
    public init?(
        schedule: ScheduleResource,
        accountID: String,
        region: String,
        sink: EventRouter,
        activity: ActivityRecorder
    ) {
        guard let expression = ScheduleExpression(schedule.expression, timeZone: schedule.timeZone) else { return nil }
        self.schedule = schedule
        self.expression = expression
        self.accountID = accountID
        self.region = region
        self.sink = sink
        self.activity = activity
    }

    /// Runs until the task is cancelled, or the schedule comes round no more. A rate counts from now.
    public func run() async {
        var last = Date()
        while let next = expression.next(after: last) {
            let wait = next.timeIntervalSinceNow
            if wait > 0, (try? await Task.sleep(for: .milliseconds(Int64(wait * 1_000)))) == nil { return }
            await send(at: next)
            // After a sleep of the whole machine what was missed is not made up for.
            last = max(next, Date().addingTimeInterval(-1))
        }
    }

    private func send(at date: Date) async {
        do {
            let event = ScheduleEvent(of: schedule, accountID: accountID, region: region, at: date)
            try await sink.deliver(event.payload, to: schedule.target, trigger: "schedule \(schedule.name)")
        } catch {
            let text = "The schedule \(schedule.name) has sent nothing: \(error)"
            activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
        }
    }
}

/// What a schedule sends.
///
/// https://docs.aws.amazon.com/eventbridge/latest/ref/overview.html
struct ScheduleEvent {
    let payload: ByteBuffer

    init(of schedule: ScheduleResource, accountID: String, region: String, at date: Date) {
        let id = RequestID.make()
        // Without the fraction of a second.
        let time = UnixTime(milliseconds: Int64(date.timeIntervalSince1970) * 1_000).iso8601.prefix(19) + "Z"
        if let input = schedule.input {
            payload = ByteBuffer(string: Self.replaced(input, schedule, id: id, time: String(time)))
            return
        }
        var json = JSONWriter()
        json.object { json in
            json.field("version", "0")
            json.field("id", id)
            json.field("detail-type", "Scheduled Event")
            json.field("source", schedule.service == .events ? "aws.events" : "aws.scheduler")
            json.field("account", accountID)
            json.field("time", String(time))
            json.field("region", region)
            json.field("resources", [schedule.arn])
            switch schedule.service {
            case .events: json.field("detail") { $0.object { _ in } }
            case .scheduler: json.field("detail", "{}")
            }
        }
        payload = json.buffer
    }

    /// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    private static func replaced(_ input: String, _ schedule: ScheduleResource, id: String, time: String) -> String {
        guard schedule.service == .scheduler else { return input }
        let values = [
            "schedule-arn": schedule.arn, "scheduled-time": time, "execution-id": id, "attempt-number": "1",
        ]
        return values.reduce(input) { $0.replacingOccurrences(of: "<aws.scheduler.\($1.key)>", with: $1.value) }
    }
}
