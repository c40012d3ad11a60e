import FileCredentials
import Messages
import TestSupport
import Testing

@testable import ListMessages

/// Pages of messages that are too large to be sent as a whole.
struct MessagePageTests {
    let database = StubDatabase()

    /// A conversation of 95 messages that are 24 KB each in JSON.
    init() {
        let large = String(repeating: "\u{1}", count: 4096)
        database.answer(SelectMessages.self) { statement in
            let page = statement.page
            let above: Int64 =
                switch page.start {
                case .after(let seq): seq
                case .skipping(let count): min(95 - count, (page.before ?? .max) - 1) - page.limit
                }
            let seqs = (1...95).filter { $0 > above && $0 <= above + page.limit && $0 < page.before ?? .max }
            return seqs.map { seq in
                let message = SelectMessages.StoredMessage(
                    id: "0193513e-0000-7000-8000-000000000001",
                    clientMessageID: "t",
                    seq: seq,
                    sender: "bob",
                    content: large,
                    sentAt: sentAt,
                    readBy: 0
                )
                return SelectMessages.Row(access: .granted, message: message)
            } + (seqs.isEmpty ? [SelectMessages.Row(access: .granted)] : [])
        }
    }

    private func handle(_ query: [String: String]) async throws -> (seqs: [Int64], link: String?) {
        let event = HTTPEvent.request(
            "GET /conversations/{conversationId}/messages",
            path: ["conversationId": "\(conversation)"],
            query: query
        )
        let response = try await ListMessagesHandler(
            database: database,
            limiter: .unlimited,
            fileURLs: .example,
            now: { .example }
        ).handle(event, context: .test)
        let body = try #require(response.body)
        #expect(body.utf8.count <= PageBody.maximumBytes)
        return (try JSON(body).elements.compactMap { $0["seq"]?.integer }, response.headers?["link"])
    }

    /// Follows the links.
    private func pages(from query: [String: String]) async throws -> [[Int64]] {
        var pages: [[Int64]] = []
        var query = query
        while pages.count < 200 {
            let (seqs, link) = try await handle(query)
            pages.append(seqs)
            guard let link else { return pages }
            let next = try #require(
                link.wholeMatch(of: #/<\/conversations\/[0-9a-f-]+\/messages\?([a-z0-9=&]+)>; rel="next"/#)
            )
            query = [:]
            for pair in next.1.split(separator: "&") {
                let parts = pair.split(separator: "=").map(String.init)
                query[parts[0]] = parts[1]
            }
        }
        return pages
    }

    @Test(
        arguments: [
            (["limit": "100"], Array((1...95).reversed())), (["limit": "7"], Array((1...95).reversed())),
            (["limit": "100", "offset": "20"], Array((1...75).reversed())),
            (["limit": "100", "before": "91"], Array((1...90).reversed())),
            (["limit": "100", "order": "asc"], Array(1...95)), (["limit": "10", "order": "asc"], Array(1...95)),
            (["limit": "100", "order": "asc", "after": "5"], Array(6...95)),
            (["limit": "100", "order": "asc", "offset": "5"], Array(6...95)),
            (["limit": "100", "order": "asc", "after": "5", "before": "80"], Array(6...79)),
            (["limit": "95", "order": "asc"], Array(1...95)),
        ] as [([String: String], [Int64])]
    )
    func linksLeadThroughAllMessagesOnce(query: [String: String], seqs: [Int64]) async throws {
        let pages = try await pages(from: query)
        #expect(pages.flatMap(\.self) == seqs)
        #expect(pages.count > 1)
    }

    /// A page in the opposite order of its paging: each is in the order that was requested.
    @Test(arguments: [["limit": "100", "order": "asc", "before": "91"], ["limit": "100", "after": "5"]])
    func pagesInTheOppositeOrder(query: [String: String]) async throws {
        let pages = try await pages(from: query)
        let isAscending = query["order"] == "asc"
        for page in pages { #expect(page == page.sorted { isAscending ? $0 < $1 : $0 > $1 }) }
        #expect(pages.flatMap(\.self).sorted() == (isAscending ? Array(1...90) : Array(6...95)))
    }
}
