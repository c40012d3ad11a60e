import BlockingIO
import CLibPQ
import Dispatch

/// The only owner of one `PGconn`. libpq's pointers never leave this folder.
///
/// libpq is used in its non-blocking mode, and this type does the waiting, so that deadlines hold. Statements are sent
/// in [pipeline mode](https://www.postgresql.org/docs/current/libpq-pipeline-mode.html): several statements take one
/// round trip. ``sendSync()`` ends a group of statements.
@safe struct ConnectionHandle: ~Copyable {
    private let pointer: OpaquePointer
    /// Groups that were sent and whose results have not all arrived.
    private var pendingSyncs = 0
    /// How many statements succeeded in the group that was received last or is being received.
    private(set) var completedStatements = 0
    /// The number of rows of each group before the last one; nil for a group that failed.
    private(set) var rowsOfEarlierGroups: [Int?] = []

    /// Connects. The deadline covers everything but host name resolution, for which libpq calls `getaddrinfo`.
    init(
        uri: String,
        parameters: [String: String],
        deadline: Deadline
    ) throws(ConnectionFailure) {
        guard ConnectionString.settings(of: uri) != nil else { throw .invalidURI }
        // Later settings win, so the URI overrides the ones before it.
        var settings = [
            // Otherwise libpq looks for Kerberos credentials first.
            ("gssencmode", "disable"),
            ("dbname", uri),
            ("client_encoding", "UTF8"),
        ]
        settings += parameters.sorted { $0.key < $1.key }
        let pointer = unsafe TerminatedStrings(settings.map(\.0), endedByNull: true).withPointers { keywords in
            unsafe TerminatedStrings(settings.map(\.1), endedByNull: true).withPointers { values in
                unsafe PQconnectStartParams(keywords, values, 1)
            }
        }
        guard let pointer = unsafe pointer else { throw .outOfMemory }
        // The message is the only place where the SQLSTATE of a refused connection appears.
        unsafe PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        // Otherwise notices go to standard error, which is the function's log.
        _ = unsafe PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        if let failure = unsafe Self.finishConnecting(pointer, deadline) {
            unsafe PQfinish(pointer)
            throw failure
        }
        unsafe PQsetnonblocking(pointer, 1)
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQfinish(pointer)
    }

    private static func finishConnecting(_ pointer: OpaquePointer, _ deadline: Deadline) -> ConnectionFailure? {
        var next = PGRES_POLLING_WRITING
        while unsafe PQstatus(pointer) != CONNECTION_BAD {
            let events: SocketEvents = next == PGRES_POLLING_READING ? .readable : .writable
            guard unsafe !events.wait(on: PQsocket(pointer), until: deadline).isEmpty else { return .timedOut }
            next = unsafe PQconnectPoll(pointer)
            if next == PGRES_POLLING_OK { return nil }
            if next == PGRES_POLLING_FAILED { break }
        }
        return unsafe .refused(
            message: String(cString: PQerrorMessage(pointer)),
            lacksPassword: PQconnectionNeedsPassword(pointer) == 1
        )
    }

    // MARK: State

    var isInTransaction: Bool { unsafe PQtransactionStatus(pointer) != PQTRANS_IDLE }

    /// Whether an idle connection has been closed by the server or by the network.
    ///
    /// Costs one system call if the connection is alive. A connection that passes may still fail when it is used.
    borrowing func isDead() -> Bool {
        // An idle connection receives data for three reasons: a notice, a changed setting, or the end of the session.
        while unsafe SocketEvents.readable.now(on: PQsocket(pointer)) == .readable {
            guard unsafe PQconsumeInput(pointer) == 1, unsafe PQstatus(pointer) == CONNECTION_OK else { return true }
            // Parses what has arrived, so that the buffer does not fill.
            _ = unsafe PQisBusy(pointer)
        }
        return unsafe PQstatus(pointer) != CONNECTION_OK
    }

    /// Requests cancellation of the current statement. The outcome arrives on the connection.
    borrowing func requestCancellation() {
        guard let cancellation = unsafe CancellationHandle(pointer) else { return }
        // `PQcancel` opens another connection and blocks without a time limit. It gets its own queue because the global
        // queues may have no free thread while Swift's thread pool is busy.
        DispatchQueue(label: "postgres.cancellation").async { cancellation.send() }
    }

    /// The SCRAM verifier of a password, which the server stores. Nothing is sent.
    ///
    /// A statement with the verifier may appear in the server's log; one with the password must not.
    borrowing func verifier(of password: String, for user: String) throws(PostgresError) -> String {
        guard let text = unsafe PQencryptPasswordConn(pointer, password, user, "scram-sha-256") else {
            throw PostgresError(.invalidConfiguration, message: "The password cannot be encoded.")
        }
        defer { unsafe PQfreemem(text) }
        return unsafe String(cString: text)
    }

    // MARK: Pipeline

    mutating func beginPipeline() throws(PostgresError) {
        completedStatements = 0
        rowsOfEarlierGroups = []
        try check(unsafe PQenterPipelineMode(pointer))
    }

    mutating func endPipeline() throws(PostgresError) {
        try check(unsafe PQexitPipelineMode(pointer))
    }

    mutating func sendQuery(_ sql: String) throws(PostgresError) {
        try check(unsafe PQsendQueryParams(pointer, sql, 0, nil, nil, nil, nil, 0))
    }

    /// Prepares a statement. The server infers the types of its parameters.
    mutating func sendPrepare(_ name: String, _ sql: String) throws(PostgresError) {
        try check(unsafe PQsendPrepare(pointer, name, sql, 0, nil))
    }

    mutating func sendExecute(_ name: String, _ parameters: TerminatedStrings) throws(PostgresError) {
        try check(
            unsafe parameters.withPointers { values in
                unsafe PQsendQueryPrepared(pointer, name, Int32(parameters.offsets.count), values, nil, nil, 0)
            }
        )
    }

    /// Ends a group of statements. The server executes a group as one transaction, unless one is already open. After an
    /// error it skips the rest of the group.
    mutating func sendSync() throws(PostgresError) {
        try check(unsafe PQpipelineSync(pointer))
        pendingSyncs += 1
    }

    /// Waits for all outstanding results. Returns the last result of the last group, or throws the first error in that
    /// group. Of earlier groups, only ``rowsOfEarlierGroups`` remains.
    ///
    /// After ``PostgresError/Code/timedOut`` without an SQLSTATE it can be called again to wait longer.
    mutating func receive(until deadline: Deadline) throws(StatementFailure) -> ResultHandle {
        var last: ResultHandle?
        var failure: ServerReport?
        while true {
            // A null pointer separates the results of two statements.
            guard let result = try nextResult(until: deadline) else { continue }
            let kind = result.kind
            switch kind {
            case .rows:
                last = consume result
                completedStatements += 1
            case .skipped: break
            case .failure(let report): failure = failure ?? report
            case .unexpected: throw .local(unexpectedResult)
            case .sync:
                pendingSyncs -= 1
                guard pendingSyncs == 0 else {
                    rowsOfEarlierGroups.append(failure == nil ? last?.rowCount : nil)
                    last = nil
                    failure = nil
                    completedStatements = 0
                    continue
                }
                if let failure { throw .server(failure) }
                guard let last = consume last else { throw .local(unexpectedResult) }
                return last
            }
        }
    }

    // MARK: Simple protocol

    /// Runs statements separated by semicolons, outside a pipeline, and discards their rows.
    mutating func runScript(_ sql: String, until deadline: Deadline) throws(StatementFailure) {
        do { try check(unsafe PQsendQuery(pointer, sql)) } catch { throw .local(error) }
        var failure: ServerReport?
        while let result = try nextResult(until: deadline) {
            switch result.kind {
            case .rows: break
            case .failure(let report): failure = failure ?? report
            case .skipped, .sync, .unexpected: throw .local(unexpectedResult)
            }
        }
        if let failure { throw .server(failure) }
    }

    // MARK: Waiting

    private borrowing func nextResult(until deadline: Deadline) throws(StatementFailure) -> ResultHandle? {
        while unsafe PQisBusy(pointer) == 1 {
            do { try exchangeBytes(until: deadline) } catch { throw .local(error) }
        }
        guard let result = unsafe PQgetResult(pointer) else {
            guard unsafe PQstatus(pointer) == CONNECTION_OK else { throw .local(lost) }
            return nil
        }
        let handle = unsafe ResultHandle(result)
        if case .failure(let report) = handle.kind, report.isFatal { throw .server(report) }
        // When the connection breaks, libpq returns a result without an SQLSTATE.
        guard unsafe PQstatus(pointer) == CONNECTION_OK else { throw .local(lost) }
        return handle
    }

    /// Waits until the socket is readable, or writable with data left to send; then sends and reads what it can.
    private borrowing func exchangeBytes(until deadline: Deadline) throws(PostgresError) {
        let unsent = unsafe PQflush(pointer)
        guard unsent >= 0 else { throw lost }
        let wanted: SocketEvents = unsent == 1 ? [.readable, .writable] : .readable
        let ready = unsafe wanted.wait(on: PQsocket(pointer), until: deadline)
        guard !ready.isEmpty else {
            throw PostgresError(.timedOut, message: "The server did not answer in time.")
        }
        // Reading while data is still unsent prevents a deadlock in which both sides wait for the other to read.
        guard ready.contains(.readable) else { return }
        guard unsafe PQconsumeInput(pointer) == 1 else { throw lost }
    }

    private borrowing func check(_ accepted: Int32) throws(PostgresError) {
        guard accepted == 1 else { throw lost }
    }

    /// The connection is lost. libpq's message only mentions sockets, so it is safe to log.
    private var lost: PostgresError {
        let reason = unsafe String(cString: PQerrorMessage(pointer))
        return PostgresError(
            .connectionLost,
            message: reason.split(separator: "\n").first.map(String.init) ?? "The connection is in an unusable state."
        )
    }

    private var unexpectedResult: PostgresError {
        PostgresError(.connectionLost, message: "The server sent an unexpected kind of result.")
    }
}
