/// The text of an XML document, without its declaration: a parser that never sees one cannot switch to the encoding that
/// it names.
struct XMLDocumentText {
    let text: Substring

    /// Nil if the document is not in UTF-8, or says that it is in another encoding.
    init?(_ bytes: some Collection<UInt8>) {
        // Valid UTF-8 can contain U+0000, which XML forbids, and which UTF-16 and UTF-32 have in every tag.
        guard !bytes.contains(0), let document = String(validating: bytes, as: UTF8.self) else { return nil }
        let scalars = document.unicodeScalars
        let body = Substring(scalars.first == "\u{FEFF}" ? scalars.dropFirst() : scalars[...])
        guard body.hasPrefix("<?xml"), let first = body.dropFirst(5).first, first.isWhitespace else {
            self.text = body
            return
        }
        guard let end = body.firstRange(of: "?>"), Self.isUTF8(body[..<end.lowerBound]) else { return nil }
        self.text = body[end.upperBound...]
    }

    /// Whether a declaration, such as `<?xml version="1.0" encoding="utf-8"`, names no encoding or UTF-8.
    private static func isUTF8(_ declaration: Substring) -> Bool {
        guard let name = declaration.firstRange(of: "encoding") else { return true }
        let value = declaration[name.upperBound...].drop(while: \.isWhitespace)
        guard value.first == "=" else { return false }
        let quoted = value.dropFirst().drop(while: \.isWhitespace)
        guard let quote = quoted.first, quote == "\"" || quote == "'" else { return false }
        let encoding = quoted.dropFirst().prefix { $0 != quote }
        return ["utf-8", "us-ascii"].contains(encoding.lowercased())
    }
}
