import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import EventSources

@Suite("Answers to batches")
struct BatchVerdictTests {
    @Test(arguments: ["", "null", "{}", #"{"batchItemFailures":[]}"#, #"{"batchItemFailures":null}"#])
    func everythingIsDone(answer: String) {
        #expect(BatchVerdict(of: ByteBuffer(string: answer), messageIDs: ["a", "b"]) == .failed([]))
    }

    @Test func namedMessagesFailed() {
        let answer = ByteBuffer(string: #"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}"#)
        #expect(BatchVerdict(of: answer, messageIDs: ["a", "b"]) == .failed(["b"]))
    }

    @Test(arguments: [
        "no JSON", "[]", "true", #"{"wrong":[]}"#, #"{"batchItemFailures":{}}"#, #"{"batchItemFailures":["a"]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":""}]}"#, #"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
        #"{"batchItemFailures":[{"id":"a"}]}"#, #"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}"#,
    ])
    func theWholeBatchComesAgain(answer: String) {
        guard case .unreadable = BatchVerdict(of: ByteBuffer(string: answer), messageIDs: ["a", "b"]) else {
            Issue.record("\(answer) was understood")
            return
        }
    }
}

@Suite("Schedules")
struct ScheduleExpressionTests {
    private static func date(_ text: String) throws -> Date { try Date(text + "Z", strategy: .iso8601) }

    @Test(arguments: [
        ("rate(1 minute)", "2026-01-01T00:01:00"), ("rate(5 minutes)", "2026-01-01T00:05:00"),
        ("rate(2 days)", "2026-01-03T00:00:00"), ("cron(15 10 * * ? *)", "2026-01-01T10:15:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-01T18:00:00"), ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-01T08:00:00"),
        ("cron(*/15 * * * ? *)", "2026-01-01T00:15:00"), ("cron(0 9 ? * 2#1 *)", "2026-01-05T09:00:00"),
        ("cron(0 8 L * ? *)", "2026-01-31T08:00:00"), ("cron(0 8 LW * ? *)", "2026-01-30T08:00:00"),
        ("cron(0 8 31W * ? *)", "2026-01-30T08:00:00"), ("cron(0 8 ? * 6L *)", "2026-01-30T08:00:00"),
        ("cron(0 8 ? * L *)", "2026-01-03T08:00:00"), ("cron(30 6 1 FEB,mar ? 2027)", "2027-02-01T06:30:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00"), ("at(2026-06-01T12:00:00)", "2026-06-01T12:00:00"),
    ])
    func comesRound(expression: String, next: String) throws {
        let schedule = try #require(ScheduleExpression(expression))
        let found = schedule.next(after: try Self.date("2026-01-01T00:00:00"))
        let expected = try Self.date(next)
        #expect(found == expected)
    }

    @Test func aTimeZoneCounts() throws {
        let schedule = try #require(ScheduleExpression("cron(30 2 * * ? *)", timeZone: "Europe/Berlin"))
        let winter = try Self.date("2026-01-01T01:30:00")
        #expect(schedule.next(after: winter.addingTimeInterval(-60)) == winter)
        // On 29 March 2026 there is no half past two.
        let summer = try Self.date("2026-03-30T00:30:00")
        #expect(schedule.next(after: summer.addingTimeInterval(-1.5 * 86_400)) == summer)
    }

    @Test func whatIsOverComesRoundNoMore() throws {
        let now = try Self.date("2026-01-01T00:00:00")
        #expect(ScheduleExpression("at(2025-06-01T12:00:00)")?.next(after: now) == nil)
        #expect(ScheduleExpression("cron(0 0 * * ? 2020)")?.next(after: now) == nil)
    }

    @Test(arguments: [
        "rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(5 seconds)", "rate()", "cron(0 12 * * *)",
        "cron(0 12 * * * *)", "cron(0 12 ? * ? *)", "cron(60 12 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)",
        "cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)", "cron(a 0 * * ? *)", "cron(0/0 0 * * ? *)", "at(tomorrow)",
        "every day",
    ])
    func whatEventBridgeRefusesIsNone(expression: String) {
        #expect(ScheduleExpression(expression) == nil)
    }
}
