public import FoundationEssentials

/// Reads columns by index. A value of another type, an unexpected null, or a column that does not exist throws
/// ``PostgresError/Code/decoding``.
extension ResultRow {
    public borrowing func optionalText(_ column: Int) throws(PostgresError) -> String? {
        try read(column, as: "text") { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Reads any integer type.
    public borrowing func optionalInteger(_ column: Int) throws(PostgresError) -> Int64? {
        try read(column, as: "integer") { Int64(decimal: $0) }
    }

    public borrowing func optionalBoolean(_ column: Int) throws(PostgresError) -> Bool? {
        try read(column, as: "boolean") { bytes in
            guard bytes.count == 1 else { return nil }
            return switch bytes[0] {
            case UInt8(ascii: "t"): true
            case UInt8(ascii: "f"): false
            default: nil
            }
        }
    }

    public borrowing func optionalUUID(_ column: Int) throws(PostgresError) -> UUID? {
        try read(column, as: "uuid") { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe UUID(uuidString: String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// Reads a one-dimensional `text[]` without nulls.
    public borrowing func optionalTextArray(_ column: Int) throws(PostgresError) -> [String]? {
        try read(column, as: "text[]") { TextArray.elements(of: $0) }
    }

    public borrowing func text(_ column: Int) throws(PostgresError) -> String {
        try required(optionalText(column), column)
    }

    public borrowing func integer(_ column: Int) throws(PostgresError) -> Int64 {
        try required(optionalInteger(column), column)
    }

    public borrowing func boolean(_ column: Int) throws(PostgresError) -> Bool {
        try required(optionalBoolean(column), column)
    }

    public borrowing func uuid(_ column: Int) throws(PostgresError) -> UUID {
        try required(optionalUUID(column), column)
    }

    public borrowing func textArray(_ column: Int) throws(PostgresError) -> [String] {
        try required(optionalTextArray(column), column)
    }

    private borrowing func required<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw PostgresError(.decoding, message: "Column \(column) is null.") }
        return value
    }

    private borrowing func read<Value>(
        _ column: Int,
        as type: String,
        _ parse: (Span<UInt8>) -> Value?
    ) throws(PostgresError) -> Value? {
        guard column >= 0, column < columnCount else {
            throw PostgresError(.decoding, message: "There is no column \(column).")
        }
        switch withBytes(of: column, parse) {
        case .none: return nil
        case .some(.some(let value)): return value
        case .some(.none): throw PostgresError(.decoding, message: "Column \(column) is not \(type).")
        }
    }
}

extension Int64 {
    /// Parses an integer as Postgres writes it.
    fileprivate init?(decimal bytes: Span<UInt8>) {
        let isNegative = bytes.count > 1 && bytes[0] == UInt8(ascii: "-")
        guard bytes.count > 0 else { return nil }
        var value: Int64 = 0
        for index in (isNegative ? 1 : 0)..<bytes.count {
            let digit = Int64(bytes[index]) - 48
            guard (0...9).contains(digit) else { return nil }
            // Accumulates the negative value, because the smallest number has no positive counterpart.
            let (shifted, overflowsInShift) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsInSum) = shifted.subtractingReportingOverflow(digit)
            guard !overflowsInShift, !overflowsInSum else { return nil }
            value = sum
        }
        guard isNegative || value != .min else { return nil }
        self = isNegative ? value : -value
    }
}
