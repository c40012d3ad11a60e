import CLibPQ

/// The only owner of one `PGresult`.
@safe struct ResultHandle: ~Copyable {
    enum Kind {
        case rows
        case failure(ServerReport)
        /// The statement was not executed, because an earlier one in its group had failed.
        case skipped
        case sync
        case unexpected
    }

    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQclear(pointer)
    }

    var kind: Kind {
        switch unsafe PQresultStatus(pointer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .rows
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_FATAL_ERROR: .failure(report)
        default: .unexpected
        }
    }

    /// The command tag of an executed statement, for example `COMMIT`.
    var commandTag: String { unsafe String(cString: PQcmdStatus(pointer)) }

    var rowCount: Int { unsafe Int(PQntuples(pointer)) }

    /// Lends one row to `body`.
    borrowing func withRow<Value>(
        _ index: Int,
        _ body: (borrowing ResultRow) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        try body(unsafe ResultRow(result: pointer, row: Int32(index)))
    }

    private var report: ServerReport {
        func field(_ code: Int32) -> String? {
            unsafe PQresultErrorField(pointer, code).map { unsafe String(cString: $0) }
        }
        return ServerReport(
            severity: field(PostgresDiagnostic.severity) ?? "ERROR",
            sqlState: field(PostgresDiagnostic.sqlState) ?? "XX000",
            primary: field(PostgresDiagnostic.primary) ?? "",
            constraint: field(PostgresDiagnostic.constraint),
            routine: field(PostgresDiagnostic.routine)
        )
    }
}

/// libpq's `PG_DIAG_…`: character literals in C, which Swift does not import.
private enum PostgresDiagnostic {
    static let severity = Int32(UInt8(ascii: "V"))
    static let sqlState = Int32(UInt8(ascii: "C"))
    static let primary = Int32(UInt8(ascii: "M"))
    static let constraint = Int32(UInt8(ascii: "n"))
    static let routine = Int32(UInt8(ascii: "R"))
}

/// One row of a result, as passed to ``Statement/decode(_:)``.
@safe public struct ResultRow: ~Copyable {
    private let result: OpaquePointer
    private let row: Int32

    fileprivate init(result: OpaquePointer, row: Int32) {
        unsafe self.result = result
        self.row = row
    }

    /// The number of columns.
    public var columnCount: Int { unsafe Int(PQnfields(result)) }

    /// Lends the text form of a column, which must exist, to `body`. Returns nil if the column is null.
    borrowing func withBytes<Value>(of column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        guard unsafe PQgetisnull(result, row, Int32(column)) == 0,
            let start = unsafe PQgetvalue(result, row, Int32(column))
        else { return nil }
        let count = unsafe Int(PQgetlength(result, row, Int32(column)))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe body(Span<UInt8>(_bytes: bytes.bytes))
    }
}
