import Foundation
import Messages
import NIOCore

/// The cost of a send in Postgres, for a group of 2 and a group of 1,000: SendMessage's statement, run by pgbench
/// without waiting for the disk, which would hide any difference.
///
/// `StoreMessage.swift` next to this file is a link to the function's source: an executable cannot be imported.
enum GroupSize {
    static func measure(_ plan: Plan, _ chat: ChatServer, _ database: Postgres, _ report: inout Report) async throws {
        let script = try script()
        var users: [ChatUser] = []
        for number in 0..<1000 { users.append(ChatUser(name: "group-\(number)", token: "")) }
        users[0] = try await chat.user(users[0].name)
        let conversations = [
            (size: 2, id: try await chat.createConversation(users[0], with: [users[1]])),
            (size: 1000, id: try await chat.createConversation(users[0], with: Array(users[1...]))),
        ]
        var rates: [Int: [Double]] = [:]
        for run in 1...plan.loads {
            report.progress("Group size, load \(run) of \(plan.loads)")
            for (size, id) in conversations {
                let rate = try await database.bench(
                    script,
                    seconds: plan.seconds,
                    variables: ["conversation": id, "sender": users[0].name],
                    settings: "-c synchronous_commit=off"
                )
                rates[size, default: []].append(rate)
            }
        }
        let (two, thousand) = (1 / rates[2]!.median, 1 / rates[1000]!.median)
        report.add(
            .init(
                what: "send statement in Postgres, 1000 participants",
                measured: format(.nanoseconds(Int64(thousand * 1e9))),
                baseline:
                    "2 participants: \(format(.nanoseconds(Int64(two * 1e9)))), ratio \(format(ratio: thousand / two))",
                target: "ratio ≤ 1.3",
                isMet: thousand / two <= 1.3,
                limit: "processor (no fsync)"
            )
        )
    }

    /// The function's own statement, with pgbench's variables in place of its parameters.
    private static func script() throws -> String {
        let values = [
            ":conversation::uuid",
            ":sender::text",
            "(:number)::text",
            // The id occurs more than once and has to be the same each time.
            "('00000000-0000-7000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid",
            "'A message of the size that people send, about eighty characters long on average.'",
            "'{}'::text[]",
        ]
        let statement = StoreMessage(
            conversation: .init(rawValue: UUID()),
            sender: "",
            clientMessageID: "",
            id: .init(rawValue: UUID()),
            content: ""
        )
        guard statement.parameters.count == values.count else {
            throw Failure("StoreMessage has \(statement.parameters.count) parameters, GroupSize.swift \(values.count)")
        }
        let sql = StoreMessage.sql.replacing(#/\$(\d+)/#) { match in
            Int(match.1).flatMap { values.indices.contains($0 - 1) ? values[$0 - 1] : nil } ?? String(match.0)
        }
        return #"\set number random(1, 281474976710655)"# + "\n\(sql);"
    }
}
