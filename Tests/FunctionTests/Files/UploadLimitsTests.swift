import ChatCore
import TestSupport
import Testing

@testable import CreateFile

struct UploadLimitsTests {
    @Test func readsTheEnvironment() throws {
        #expect(try UploadLimits(environment: Environment([:])) == UploadLimits())
        let environment = Environment([
            "FILE_LIMIT_COUNT": "1", "FILE_LIMIT_BYTES": "3", "FILE_LIMIT_SIZE": "2", "FILE_LIMIT_WINDOW": "4",
        ])
        #expect(try UploadLimits(environment: environment) == UploadLimits(count: 1, bytes: 3, size: 2, window: 4))
    }

    @Test(arguments: ["0", "-1", "x", "1.5"])
    func refusesValuesThatAreNotWholeNumbersAboveZero(value: String) {
        #expect(throws: InvalidUploadLimit(name: "FILE_LIMIT_SIZE")) {
            try UploadLimits(environment: Environment(["FILE_LIMIT_SIZE": value]))
        }
    }

    @Test(
        arguments: [
            (UploadLimits(size: 4), 4), (UploadLimits(bytes: 4), 4), (UploadLimits(bytes: .max, size: .max), 5 << 30),
        ] as [(UploadLimits, Int64)]
    )
    func refusesAFileAboveTheSizeLimit(limits: UploadLimits, largest: Int64) async {
        #expect(throws: Never.self) { try limits.require(size: largest) }
        await expectRefusal(.tooLarge, "`size` must be at most \(largest) bytes.") {
            try limits.require(size: largest + 1)
        }
    }

    @Test(
        arguments: [
            (1, "1 second"), (2, "2 seconds"), (119, "119 seconds"), (120, "2 minutes"), (250, "5 minutes"),
            (7_199, "120 minutes"), (7_200, "2 hours"), (86_350, "24 hours"),
        ]
    )
    func saysWhenToTryAgain(seconds: Int, words: String) {
        let error = ChatError.uploadLimitReached(retryAfter: seconds)
        #expect(error.code == .rateLimited)
        #expect(error.retryAfter == seconds)
        #expect(error.message == "You have uploaded as much as is allowed for now; try again in \(words).")
    }
}
