import Foundation
import Testing

@testable import EventSources

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
    func findsTheNextRun(expression: String, next: String) throws {
        let schedule = try #require(ScheduleExpression(expression))
        let found = schedule.next(after: try Self.date("2026-01-01T00:00:00"))
        let expected = try Self.date(next)
        #expect(found == expected)
    }

    @Test func usesTheTimeZone() throws {
        let schedule = try #require(ScheduleExpression("cron(30 2 * * ? *)", timeZone: "Europe/Berlin"))
        let winter = try Self.date("2026-01-01T01:30:00")
        #expect(schedule.next(after: winter.addingTimeInterval(-60)) == winter)
        // Daylight saving skips 2:30 on 29 March 2026.
        let summer = try Self.date("2026-03-30T00:30:00")
        #expect(schedule.next(after: summer.addingTimeInterval(-1.5 * 86_400)) == summer)
    }

    @Test func hasNoRunAfterTheLastOne() throws {
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
    func refusesAnInvalidExpression(expression: String) {
        #expect(ScheduleExpression(expression) == nil)
    }
}
