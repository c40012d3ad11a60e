/// Reads a document in UTF-8: elements, attributes, text, the predefined entities, references to characters, CDATA
/// sections and comments, after an optional XML declaration.
///
/// Document types, processing instructions and other encodings are refused, and so is what no request to S3 has: names
/// outside ASCII, and more levels, elements, attributes or namespaces than the limits below. The time is proportional to
/// the document's length.
///
/// https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/
struct XMLReader {
    /// The documents of S3 have at most five levels.
    static let maximumDepth = 16
    /// An upload of 10,000 parts has up to eight elements for each.
    static let maximumElements = 100_000
    /// A grantee has two.
    static let maximumAttributes = 8
    /// The prefixes that are declared at a time.
    static let maximumPrefixes = 16

    private static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"

    private struct OpenElement {
        var element: XMLElement
        let name: XMLName
        /// How many prefixes the elements around it declare.
        let outerPrefixes: Int
    }

    private struct Attribute {
        let name: XMLName
        let value: String
    }

    private var cursor: XMLCursor
    private var open: [OpenElement] = []
    private var root: XMLElement?
    private var elementCount = 0
    private var namespaces: [(prefix: String, name: String)] = []

    /// - Throws: `MalformedXML` if the bytes are not UTF-8, or contain a character that XML 1.0 forbids.
    init(_ bytes: some Sequence<UInt8>) throws(S3Error) { self.cursor = try XMLCursor(bytes) }

    /// Reads the document and returns its outermost element.
    mutating func readDocument() throws(S3Error) -> XMLElement {
        _ = cursor.skip("\u{FEFF}")
        try readDeclaration()
        while cursor.next != nil {
            if !cursor.skip("<") {
                try readText()
            } else if cursor.skip("/") {
                try readEndTag()
            } else if cursor.skip("!--") {
                _ = try cursor.read(through: "--")
                guard cursor.skip(">") else { throw S3Error.malformedXML }
            } else if cursor.skip("![CDATA[") {
                guard !open.isEmpty else { throw S3Error.malformedXML }
                let section = try cursor.read(through: "]]>")
                append(String(decoding: XMLText.withUniformLineEnds(section), as: UTF8.self))
            } else {
                try readStartTag()
            }
        }
        guard let root, open.isEmpty else { throw S3Error.malformedXML }
        return root
    }

    private mutating func readDeclaration() throws(S3Error) {
        guard cursor.skip("<?xml") else { return }
        guard cursor.skipWhitespace(), cursor.skip("version") else { throw S3Error.malformedXML }
        let version = String(decoding: try cursor.readQuotedValue(), as: UTF8.self)
        guard version == "1.0" || version == "1.1" else { throw S3Error.malformedXML }
        var isSeparated = cursor.skipWhitespace()
        if isSeparated, cursor.skip("encoding") {
            let encoding = String(decoding: try cursor.readQuotedValue(), as: UTF8.self).lowercased()
            guard encoding == "utf-8" || encoding == "us-ascii" else { throw S3Error.malformedXML }
            isSeparated = cursor.skipWhitespace()
        }
        if isSeparated, cursor.skip("standalone") {
            let value = String(decoding: try cursor.readQuotedValue(), as: UTF8.self)
            guard value == "yes" || value == "no" else { throw S3Error.malformedXML }
            _ = cursor.skipWhitespace()
        }
        guard cursor.skip("?>") else { throw S3Error.malformedXML }
    }

    private mutating func readText() throws(S3Error) {
        let text = cursor.read { $0 == UInt8(ascii: "<") }
        if open.isEmpty {
            guard text.allSatisfy(XMLCursor.isWhitespace) else { throw S3Error.malformedXML }
        } else {
            append(try XMLText.content(text))
        }
    }

    private mutating func append(_ text: String) { open[open.count - 1].element.text += text }

    private mutating func readStartTag() throws(S3Error) {
        elementCount += 1
        guard open.isEmpty ? root == nil : open.count < Self.maximumDepth, elementCount <= Self.maximumElements else {
            throw S3Error.malformedXML
        }
        let name = try cursor.readName()
        var attributes: [Attribute] = []
        var isSeparated = cursor.skipWhitespace()
        while cursor.next != UInt8(ascii: ">"), cursor.next != UInt8(ascii: "/") {
            guard isSeparated, attributes.count < Self.maximumAttributes else { throw S3Error.malformedXML }
            let name = try cursor.readName()
            attributes.append(Attribute(name: name, value: try XMLText.value(try cursor.readQuotedValue())))
            isSeparated = cursor.skipWhitespace()
        }
        let isEmpty = cursor.skip("/")
        guard cursor.skip(">") else { throw S3Error.malformedXML }
        let outerPrefixes = namespaces.count
        try check(name, attributes)
        open.append(OpenElement(element: XMLElement(name: name.local), name: name, outerPrefixes: outerPrefixes))
        if isEmpty { close() }
    }

    private mutating func readEndTag() throws(S3Error) {
        let name = try cursor.readName()
        _ = cursor.skipWhitespace()
        guard cursor.skip(">"), let element = open.last, element.name == name else { throw S3Error.malformedXML }
        close()
    }

    private mutating func close() {
        guard let closed = open.popLast() else { return }
        namespaces.removeSubrange(closed.outerPrefixes...)
        if open.isEmpty { root = closed.element } else { open[open.count - 1].element.children.append(closed.element) }
    }

    /// Declares the prefixes among the attributes, and refuses attributes that occur twice and prefixes that are not
    /// declared.
    private mutating func check(_ element: XMLName, _ attributes: [Attribute]) throws(S3Error) {
        for attribute in attributes where attribute.name.prefix == "xmlns" {
            let prefix = attribute.name.local
            guard prefix != "xmlns", !attribute.value.isEmpty, namespaces.count < Self.maximumPrefixes,
                (prefix == "xml") == (attribute.value == Self.xmlNamespace)
            else { throw S3Error.malformedXML }
            namespaces.append((prefix, attribute.value))
        }
        if let prefix = element.prefix { _ = try namespace(prefix) }
        var seen: [XMLName] = []
        for attribute in attributes {
            var name = attribute.name
            if let prefix = name.prefix, prefix != "xmlns" { name.prefix = try namespace(prefix) }
            guard !seen.contains(name) else { throw S3Error.malformedXML }
            seen.append(name)
        }
    }

    private func namespace(_ prefix: String) throws(S3Error) -> String {
        if prefix == "xml" { return Self.xmlNamespace }
        guard let namespace = namespaces.last(where: { $0.prefix == prefix }) else { throw S3Error.malformedXML }
        return namespace.name
    }
}
