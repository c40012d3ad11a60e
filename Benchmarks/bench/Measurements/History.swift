import NIOCore
import NIOHTTP1

/// Whether stored messages slow requests down: the same requests to a small and to a large database, in turn.
enum History {
    /// One of the two databases with its LocalRuntime, and a user with 20 conversations. The first conversation has four
    /// fifths of all messages.
    private struct Side {
        var chat: ChatServer
        var pair: Pair
        var token: String

        /// Both sides share a Redis; the name makes their users different.
        init(_ name: String, _ chat: ChatServer) async throws {
            let (alice, bob) = (try await chat.user("\(name)-alice"), try await chat.user("\(name)-bob-1"))
            self.chat = chat
            token = alice.token
            pair = Pair(
                conversation: try await chat.createConversation(alice, with: [bob]),
                sender: try await chat.connect(alice),
                recipient: try await chat.connect(bob)
            )
        }

        func time(_ request: Request, number: Int) async throws -> TimeAmount {
            switch request {
            case .send: try await pair.exchange("history-\(number)")
            case .listMessages:
                try await chat.http.request(
                    .GET,
                    "/conversations/\(pair.conversation)/messages?limit=50",
                    token: token
                ).time
            case .listConversations:
                try await chat.http.request(.GET, "/conversations?limit=50", token: token).time
            }
        }
    }

    private enum Request: String, CaseIterable {
        case send = "send-message"
        case listMessages = "GET …/messages"
        case listConversations = "GET /conversations"
    }

    static func measure(
        _ plan: Plan,
        small: (ChatServer, Postgres),
        large: (ChatServer, Postgres),
        _ report: inout Report
    ) async throws {
        report.progress("Storing \(plan.history.small) and \(plan.history.large) messages")
        try await small.1.run(messages(plan.history.small, of: "small"))
        try await large.1.run(messages(plan.history.large, of: "large"))
        let sides = [try await Side("small", small.0), try await Side("large", large.0)]

        var times: [Request: [[TimeAmount]]] = [:]
        var number = 0
        for request in Request.allCases {
            times[request] = [[], []]
            // After five runs of a statement on a connection, Postgres chooses a plan for all later ones.
            for _ in 0..<6 {
                for side in sides { _ = try await side.time(request, number: number) }
                number += 1
            }
        }
        for run in 1...plan.loads {
            report.progress("History, load \(run) of \(plan.loads)")
            for request in Request.allCases {
                // At least one request.
                let deadline = NIODeadline.now() + .seconds(Int64(plan.seconds))
                var count = 0
                while count == 0 || count < plan.requests && .now() < deadline {
                    count += 1
                    for (index, side) in sides.enumerated() {
                        times[request]![index].append(try await side.time(request, number: number))
                    }
                    number += 1
                }
            }
        }
        for request in Request.allCases {
            let (few, many) = (times[request]![0].median, times[request]![1].median)
            let ratio = many.milliseconds / few.milliseconds
            report.add(
                .init(
                    what: "\(request.rawValue), \(plan.history.large) messages stored",
                    measured: "p50 \(format(many))",
                    baseline: "\(plan.history.small) messages: p50 \(format(few)), ratio \(format(ratio: ratio))",
                    target: "ratio ≤ 1.2",
                    isMet: ratio <= 1.2,
                    limit: "one request at a time"
                )
            )
        }
    }

    private static func messages(_ count: Int, of name: String) -> String {
        """
        BEGIN;
        -- Checking five million valid foreign keys would take longer than storing the rows.
        SET LOCAL session_replication_role = replica;
        CREATE TEMPORARY TABLE plan AS
            SELECT
                number,
                md5('conversation ' || number)::uuid AS id,
                '\(name)-bob-' || number AS other,
                CASE WHEN number = 1 THEN \(count) * 4 / 5 ELSE \(count) / 5 / 19 END::bigint AS messages
            FROM generate_series(1, 20) AS number;
        INSERT INTO conversation
            (id, kind, created_by, created_at, last_seq, last_message_at, direct_key, participant_ids)
        SELECT
            id, 'direct', '\(name)-alice', now() - interval '10 years', messages, now() - number * interval '1 minute',
            '\(name.utf8.count + 6):\(name)-alice' || other, json_build_array('\(name)-alice', other)
        FROM plan;
        -- Alice sent the messages with odd numbers.
        INSERT INTO participant (conversation_id, user_id, joined_at, sent_count)
        SELECT id, '\(name)-alice', now(), (messages + 1) / 2 FROM plan
        UNION ALL
        SELECT id, other, now(), messages / 2 FROM plan;
        INSERT INTO message (conversation_id, seq, id, sender_id, client_message_id, content, sent_at)
        SELECT
            plan.id, seq, gen_random_uuid(), CASE WHEN seq % 2 = 1 THEN '\(name)-alice' ELSE other END,
            'stored-' || lpad(seq::text, 10, '0'),
            'A message of the size that people send, about eighty characters long on average.',
            now() - number * interval '1 minute' - (messages - seq) * interval '1 second'
        FROM plan, generate_series(1, plan.messages) AS seq;
        COMMIT;
        VACUUM ANALYZE;
        CHECKPOINT;
        """
    }
}

extension Pair {
    init(conversation: String, sender: ChatConnection, recipient: ChatConnection) {
        self.conversation = conversation
        self.sender = sender
        self.recipient = recipient
    }
}
