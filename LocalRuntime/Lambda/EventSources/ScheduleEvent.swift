import EmulatorCore
import Foundation
import NIOCore
import SAMTemplate

/// The event of a schedule.
///
/// https://docs.aws.amazon.com/eventbridge/latest/ref/overview.html
struct ScheduleEvent {
    let payload: ByteBuffer

    init(of schedule: ScheduleResource, accountID: String, region: String, at date: Date) {
        let id = RequestID.make()
        // Whole seconds only.
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

    /// Replaces context attributes, which only EventBridge Scheduler has.
    ///
    /// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    private static func replaced(_ input: String, _ schedule: ScheduleResource, id: String, time: String) -> String {
        guard schedule.service == .scheduler else { return input }
        let values = [
            "schedule-arn": schedule.arn, "scheduled-time": time, "execution-id": id, "attempt-number": "1",
        ]
        return values.reduce(input) { $0.replacingOccurrences(of: "<aws.scheduler.\($1.key)>", with: $1.value) }
    }
}
