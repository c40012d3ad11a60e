import NIOCore

/// An element of a document that a client sent.
struct XMLElement: Equatable, Sendable {
    /// Without a namespace prefix.
    var name: String
    var children: [XMLElement] = []
    /// The element's own text, with white space.
    var text = ""

    /// Parses a document.
    ///
    /// - Parameter root: The required name of the outermost element.
    /// - Throws: `MalformedXML` if the document is not of the kind that ``XMLReader`` reads.
    init(parsing bytes: ByteBuffer, root: String) throws(S3Error) {
        var reader = try XMLReader(bytes.readableBytesView)
        let element = try reader.readDocument()
        guard element.name == root else { throw S3Error.malformedXML }
        self = element
    }

    init(name: String) { self.name = name }

    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text of a child element, without white space around it; nil if there is no such child.
    func value(_ name: String) -> String? {
        guard let text = self[name]?.text.utf8 else { return nil }
        guard let first = text.firstIndex(where: { !XMLCursor.isWhitespace($0) }),
            let last = text.lastIndex(where: { !XMLCursor.isWhitespace($0) })
        else { return "" }
        return String(text[first...last]) ?? ""
    }
}
