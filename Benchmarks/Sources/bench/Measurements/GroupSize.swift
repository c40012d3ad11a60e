import Foundation
import NIOCore

/// What Postgres does for a send to a group of 2 and to one of 1,000: the statement that the function runs, in
/// pgbench, without waiting for the disk, which would hide any difference.
enum GroupSize {
    static func measure(_ plan: Plan, _ chat: ChatServer, _ database: Postgres, _ report: inout Report) async throws {
        let script = try statement() + ";"
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
                beside:
                    "2 participants: \(format(.nanoseconds(Int64(two * 1e9)))), ratio \(format(ratio: thousand / two))",
                bar: "ratio ≤ 1.3",
                isMet: thousand / two <= 1.3,
                limit: "processor (no fsync)"
            )
        )
    }

    /// The statement as it stands in the function's source, with pgbench's variables for its parameters.
    private static func statement() throws -> String {
        let file = "Functions/Messages/SendMessage/StoreMessage.swift"
        let source = try String(contentsOfFile: file, encoding: .utf8)
        guard let match = source.firstMatch(of: /static let sql = """\n(?<sql>(?s:.*?))\n *"""/) else {
            throw Failure("No statement in \(file)")
        }
        let parameters = [
            "$1": ":conversation::uuid",
            "$2": ":sender::text",
            "$3": "(:number)::text",
            // As the id occurs more than once, it has to be the same each time.
            "$4": "('00000000-0000-7000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid",
            "$5": "'A message of the size that people send, about eighty characters long on average.'",
        ]
        return #"\set number random(1, 281474976710655)"# + "\n"
            + parameters.reduce(String(match.sql)) { $0.replacing($1.key, with: $1.value) }
    }
}
