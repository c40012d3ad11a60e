/// The text form of `text[]`; see
/// [Array Input and Output Syntax](https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO).
enum TextArray {
    /// Quotes every element, so that `NULL` and commas need no special treatment.
    static func literal(_ elements: [String]) -> String {
        var literal: [UInt8] = [UInt8(ascii: "{")]
        literal.reserveCapacity(elements.reduce(2) { $0 + $1.utf8.count + 3 })
        for element in elements {
            if literal.count > 1 { literal.append(UInt8(ascii: ",")) }
            literal.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
                literal.append(byte)
            }
            literal.append(UInt8(ascii: "\""))
        }
        literal.append(UInt8(ascii: "}"))
        return String(decoding: literal, as: UTF8.self)
    }

    /// The elements of a one-dimensional array; nil if the text is malformed or an element is null.
    static func elements(of literal: Span<UInt8>) -> [String]? {
        var parser = Parser()
        for index in literal.indices {
            guard parser.consume(literal[index]) else { return nil }
        }
        return parser.isFinished ? parser.elements : nil
    }

    private struct Parser {
        private enum State { case beforeBrace, beforeElement, unquoted, quoted, escaped, afterQuoted, finished }

        private var state = State.beforeBrace
        private var element: [UInt8] = []
        private(set) var elements: [String] = []

        var isFinished: Bool { state == .finished }

        /// Consumes the next byte. Returns false if it is not allowed at this position.
        mutating func consume(_ byte: UInt8) -> Bool {
            switch (state, byte) {
            // Skips the bounds, which precede the brace if they do not start at 1: `[0:1]={a,b}`.
            case (.beforeBrace, UInt8(ascii: "{")): state = .beforeElement
            case (.beforeBrace, _): break
            case (.beforeElement, UInt8(ascii: "}")) where elements.isEmpty: state = .finished
            case (.beforeElement, UInt8(ascii: "\"")): state = .quoted
            case (.beforeElement, UInt8(ascii: "{")), (.beforeElement, UInt8(ascii: ",")): return false
            case (.unquoted, UInt8(ascii: ",")), (.unquoted, UInt8(ascii: "}")):
                guard element != Array("NULL".utf8) else { return false }
                finishElement(before: byte)
            case (.afterQuoted, UInt8(ascii: ",")), (.afterQuoted, UInt8(ascii: "}")): finishElement(before: byte)
            case (.quoted, UInt8(ascii: "\"")): state = .afterQuoted
            case (.quoted, UInt8(ascii: "\\")): state = .escaped
            case (.escaped, _), (.quoted, _):
                element.append(byte)
                state = .quoted
            case (.beforeElement, _), (.unquoted, _):
                element.append(byte)
                state = .unquoted
            case (.afterQuoted, _), (.finished, _): return false
            }
            return true
        }

        private mutating func finishElement(before byte: UInt8) {
            elements.append(String(decoding: element, as: UTF8.self))
            element.removeAll(keepingCapacity: true)
            state = byte == UInt8(ascii: ",") ? .beforeElement : .finished
        }
    }
}
