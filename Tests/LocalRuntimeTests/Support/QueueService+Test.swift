import Foundation

@testable import SQS

extension QueueService {
    /// The queues in a folder.
    convenience init(
        in folder: URL,
        declaring declarations: [Declaration] = [],
        now: @escaping @Sendable () -> Int64
    ) throws {
        try self.init(
            folder: folder.path,
            declarations: declarations,
            accountID: "123456789012",
            region: "us-east-1",
            url: "http://127.0.0.1:3001",
            now: now
        )
    }
}
