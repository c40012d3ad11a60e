import Files
import FoundationEssentials
import Redis
import TestSupport
import Testing

@testable import Uploads

struct UploadUsageTests {
    private let redis = StubRedis()
    private let file: FileID = FileID(uuid: UUID(), type: .text)

    private func usage(_ limits: UploadLimits, at seconds: TimeInterval = 1_000) -> UploadUsage {
        UploadUsage(store: redis, limits: limits, now: { Date(timeIntervalSince1970: seconds) })
    }

    /// Uploads of so many seconds since the epoch and bytes each.
    private func uploaded(_ uploads: (seconds: Int, size: Int)...) {
        let members = uploads.map { "\($0.seconds * 1000):\($0.size):\(UUID()).txt" }
        redis.answer(SortedSetMembers.self) { _ in members }
    }

    @Test func recordsAnUploadOnceHoweverOften() async throws {
        redis.answer(AddToSortedSet.self) { _ in true }
        redis.answer(TrimSortedSet.self) { _ in 0 }
        redis.answer(ExpireKey.self) { _ in true }
        for _ in 1...2 {
            try await usage(UploadLimits(window: 60))
                .record(file, size: 5, at: Timestamp(microseconds: 990_000_000), of: "alice")
        }
        #expect(redis.roundTrips == 2)
        #expect(Set(redis.sent(AddToSortedSet.self).map(\.member)) == ["990000:5:\(file)"])
        #expect(redis.sent(AddToSortedSet.self).map(\.key) == ["user:{alice}:uploads", "user:{alice}:uploads"])
        #expect(redis.sent(TrimSortedSet.self).map(\.minimum) == [940_001, 940_001])
    }

    @Test func looksAtTheWindowOnly() async throws {
        uploaded()
        try await usage(UploadLimits(window: 60)).require(roomFor: 5, of: "alice")
        #expect(redis.sent(SortedSetMembers.self).map(\.minimum) == [940_001])
    }

    @Test func letsPassWhatStaysWithinTheLimits() async throws {
        uploaded((950, 10), (960, 10))
        try await usage(UploadLimits(count: 3, bytes: 25, size: 5, window: 60)).require(roomFor: 5, of: "alice")
    }

    @Test(
        arguments: [
            (UploadLimits(count: 2, bytes: 100, window: 60), 5, 10, "10 seconds"),
            (UploadLimits(count: 1, bytes: 100, window: 60), 5, 20, "20 seconds"),
            (UploadLimits(count: 9, bytes: 24, window: 60), 5, 10, "10 seconds"),
            (UploadLimits(count: 9, bytes: 24, window: 60), 24, 20, "20 seconds"),
            (UploadLimits(count: 2, bytes: 100, window: 300), 5, 250, "5 minutes"),
            (UploadLimits(count: 2, bytes: 100, window: 86_400), 5, 86_350, "24 hours"),
        ] as [(UploadLimits, Int64, Int, String)]
    )
    func tellsWhenToTryAgain(limits: UploadLimits, size: Int64, seconds: Int, words: String) async throws {
        uploaded((950, 10), (960, 10))
        let error = await #expect(throws: ChatError.self) {
            try await usage(limits).require(roomFor: size, of: "alice")
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == seconds)
        #expect(error?.message == "You have uploaded as much as is allowed for now; try again in \(words).")
    }

    @Test(
        arguments: [(UploadLimits(size: 4), 5), (UploadLimits(bytes: 4), 5), (UploadLimits(), (5 << 30) + 1)]
            as [(UploadLimits, Int64)]
    )
    func refusesWhatNeverFits(limits: UploadLimits, size: Int64) async {
        await expectRefusal(.tooLarge) { try await usage(limits).require(roomFor: size, of: "alice") }
        #expect(redis.roundTrips == 0)
    }

    @Test func isConfigured() throws {
        #expect(try UploadLimits(environment: Environment([:])) == UploadLimits())
        let environment = Environment([
            "FILE_LIMIT_COUNT": "1", "FILE_LIMIT_BYTES": "2", "FILE_LIMIT_SIZE": "3", "FILE_LIMIT_WINDOW": "4",
        ])
        #expect(try UploadLimits(environment: environment) == UploadLimits(count: 1, bytes: 2, size: 3, window: 4))
        for value in ["0", "-1", "x", "1.5"] {
            #expect(throws: InvalidUploadLimit(name: "FILE_LIMIT_SIZE")) {
                try UploadLimits(environment: Environment(["FILE_LIMIT_SIZE": value]))
            }
        }
    }
}
