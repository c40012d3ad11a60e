import ChatStore
import Files
import FoundationEssentials
import Uploads

@testable import CreateConversation
@testable import CreateFile
@testable import ListConversations
@testable import ListMessages
@testable import ReadMessages
@testable import SendMessage

/// A conversation and its participants, driven by the functions' own statements.
struct ChatStoreFixture {
    let database: PostgresClient
    let conversation: ConversationID
    /// Sorted; the first one created the conversation.
    let people: [UserID]

    /// Users of this test only, because tests share a database and run at the same time.
    static func people(_ count: Int) -> [UserID] {
        let family = UUID().uuidString
        return (0..<count).map { UserID(rawValue: "\(family)-\($0 + 1000)") }
    }

    static func direct() async throws -> ChatStoreFixture { try await make(people(2)) }

    static func group(of count: Int) async throws -> ChatStoreFixture { try await make(people(count), title: "Group") }

    private static func make(_ people: [UserID], title: String? = nil) async throws -> ChatStoreFixture {
        let database = try ChatDatabase.connect()
        let id = try await database.create(people, title: title)
        return ChatStoreFixture(database: database, conversation: id, people: people)
    }

    @discardableResult
    func send(
        _ content: String = "hello",
        from sender: UserID,
        as clientMessageID: String = UUID().uuidString,
        to other: ConversationID? = nil,
        attaching files: [FileID] = []
    ) async throws -> StoreMessage.Row {
        let statement = StoreMessage(
            conversation: other ?? conversation,
            sender: sender,
            clientMessageID: clientMessageID,
            id: .random,
            content: content,
            attachments: files
        )
        return try await database.one(statement)
    }

    /// Announces a file, and confirms it if there is an ETag.
    func file(
        _ type: FileType = .text,
        of owner: UserID,
        named name: String = "a.txt",
        etag: String? = "e"
    ) async throws -> FileID {
        let id = FileID.random(type)
        try await database.announce(id, of: owner, named: name)
        if let etag {
            let isImage = type.kind == .image
            _ = try await database.run(
                ConfirmFile(file: id, etag: etag, size: 5, width: isImage ? 30 : nil, height: isImage ? 40 : nil)
            )
        }
        return id
    }

    @discardableResult
    func read(_ upToSeq: Int64? = nil, by reader: UserID, in other: ConversationID? = nil) async throws
        -> MoveCursor.Row
    {
        try await database.one(MoveCursor(conversation: other ?? conversation, reader: reader, upToSeq: upToSeq))
    }

    func messages(_ page: PageOfMessages = .all, for caller: UserID) async throws -> [SelectMessages.StoredMessage] {
        let statement = SelectMessages(conversation: conversation, caller: caller, page: page)
        return try await database.run(statement).compactMap(\.message)
    }

    func listed(for caller: UserID) async throws -> SelectConversations.Row? {
        try await database.run(SelectConversations(caller: caller, limit: 101)).first { $0.id == conversation }
    }
}

extension PostgresClient {
    func create(_ people: [UserID], title: String? = nil) throws -> ConversationID {
        let statement = InsertConversation(
            id: .random,
            title: title,
            creator: people[0],
            directKey: title == nil ? DirectKey(people[0], people[1]) : nil,
            participants: people
        )
        return try one(statement)
    }

    func one<S: Statement>(_ statement: S) throws -> S.Row {
        guard let row = try run(statement).first else { throw NoRow() }
        return row
    }

    @discardableResult
    func announce(
        _ file: FileID,
        of owner: UserID,
        named name: String = "a.txt",
        size: Int64 = 5,
        reservation: Int = 60,
        limits: UploadLimits = UploadLimits()
    ) throws -> AnnounceFile.Row {
        try one(
            AnnounceFile(
                id: file,
                owner: owner,
                fileName: name,
                size: size,
                reservation: reservation,
                limits: limits
            )
        )
    }
}

struct NoRow: Error {}

/// A statement that returns one number.
protocol CountingStatement: Statement where Row == Int64 {}

extension CountingStatement {
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int64 { try row.integer(0) }
}

struct CountMessages: CountingStatement {
    static let sql = "SELECT count(*) FROM message WHERE conversation_id = $1"
    var conversation: ConversationID
    var parameters: [Parameter] { [.uuid(conversation.rawValue)] }
}

struct CountOutboxRows: CountingStatement {
    static let sql = "SELECT count(*) FROM outbox WHERE subject = $1"
    var subject: String
    var parameters: [Parameter] { [.text(subject)] }
}

extension UUIDIdentifier {
    static var random: Self { IdentifierGenerator.version7.next() }
}

extension UserID {
    static var random: UserID { UserID(rawValue: UUID().uuidString) }
}

extension FileID {
    static func random(_ type: FileType = .text) -> FileID { IdentifierGenerator.version7.next(type) }
}

extension PageOfMessages {
    static let all = PageOfMessages.of(.after(0))

    static func of(_ start: Start, before: Int64? = nil, limit: Int64 = 100) -> PageOfMessages {
        PageOfMessages(start: start, before: before, limit: limit, isAscending: true)
    }
}
